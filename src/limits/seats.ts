import { problem } from '../errors.ts'

/** Counts of an owner's sockets that all nodes share. */
export interface SharedSeats {
  /** Announces that this node has `count` sockets of `owner`. Resolves to whether the sum over all nodes is within `max`; true if the shared counts cannot be reached. */
  reserve: (owner: string, count: number, max: number) => Promise<boolean>
  /** Announces a lower count. */
  release: (owner: string, count: number) => void
}

export interface SeatsOptions {
  /** The most sockets of this node. */
  max: number
  /** The most sockets of one user or key, and the most unauthenticated sockets of one address. */
  maxEach: number
  /** Counts a user's or key's sockets over all nodes; without it they are counted at this node only. */
  shared?: SharedSeats | undefined
}

/** Unauthenticated sockets may take a tenth of all seats, and a thousand at most. */
const UNCLAIMED_SHARE = 10
const MAX_UNCLAIMED = 1_000

/** Limits the number of sockets: in all, of one owner (a user, key or address), and unauthenticated (unclaimed). */
export class Seats {
  readonly #options: SeatsOptions
  readonly #maxUnclaimed: number
  readonly #taken = new Map<string, number>()
  #size = 0
  #unclaimed = 0

  constructor (options: SeatsOptions) {
    this.#options = options
    this.#maxUnclaimed = Math.min(MAX_UNCLAIMED, Math.ceil(options.max / UNCLAIMED_SHARE))
  }

  /** Takes a seat for a subject, or for the address of a socket that has not authenticated. Throws BLF_UNAVAILABLE or BLF_TOO_MANY_SOCKETS. */
  async take (who: { subject: string } | { address: string }): Promise<Seat> {
    if (this.#size >= this.#options.max) throw problem('BLF_UNAVAILABLE', 'This node has reached its limit of open sockets.')
    const isClaimed = 'subject' in who
    if (!isClaimed && this.#unclaimed >= this.#maxUnclaimed) throw problem('BLF_UNAVAILABLE', 'Too many open sockets have not authenticated yet.')
    const owner = isClaimed ? who.subject : `address ${who.address}`
    this.#enter(owner)
    this.#size += 1
    if (!isClaimed) this.#unclaimed += 1
    const seat = new Seat(this, owner, isClaimed)
    try {
      if (isClaimed) await this.share(owner)
      return seat
    } catch (error) {
      seat.leave()
      throw error
    }
  }

  /** Moves an address's seat to a subject. Only `Seat` calls this. */
  move (owner: string, subject: string): void {
    this.#enter(subject)
    this.#exit(owner)
    this.#unclaimed -= 1
  }

  /** Frees a seat. Only `Seat` calls this. */
  free (owner: string, isClaimed: boolean): void {
    this.#exit(owner)
    this.#size -= 1
    if (isClaimed) this.#options.shared?.release(owner, this.#taken.get(owner) ?? 0)
    else this.#unclaimed -= 1
  }

  /** Announces the owner's count to the other nodes. Throws BLF_TOO_MANY_SOCKETS if the owner has too many over all nodes. Only `Seat` calls this. */
  async share (owner: string): Promise<void> {
    const { shared, maxEach } = this.#options
    const hasRoom = await shared?.reserve(owner, this.#taken.get(owner)!, maxEach) ?? true
    if (!hasRoom) throw problem('BLF_TOO_MANY_SOCKETS')
  }

  #enter (owner: string): void {
    const count = this.#taken.get(owner) ?? 0
    if (count >= this.#options.maxEach) throw problem('BLF_TOO_MANY_SOCKETS')
    this.#taken.set(owner, count + 1)
  }

  #exit (owner: string): void {
    const count = this.#taken.get(owner)! - 1
    if (count === 0) this.#taken.delete(owner)
    else this.#taken.set(owner, count)
  }
}

/** The seat of one socket, which leaves it when it closes. */
export class Seat {
  readonly #seats: Seats
  #owner: string
  #isClaimed: boolean
  #isLeft = false

  constructor (seats: Seats, owner: string, isClaimed: boolean) {
    this.#seats = seats
    this.#owner = owner
    this.#isClaimed = isClaimed
  }

  /** Gives the seat to this subject. Throws BLF_TOO_MANY_SOCKETS if the subject has no seat left. */
  async claim (subject: string): Promise<void> {
    // The socket may have closed while its credentials were verified.
    if (this.#isClaimed || this.#isLeft) return
    this.#seats.move(this.#owner, subject)
    this.#owner = subject
    this.#isClaimed = true
    await this.#seats.share(subject)
  }

  /** Frees the seat; further calls do nothing. */
  leave (): void {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#seats.free(this.#owner, this.#isClaimed)
  }
}
