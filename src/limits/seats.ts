import { problem } from '../errors.ts'

/** Where nodes tell each other how many sockets an owner has. */
export interface SharedSeats {
  /** This node now has `count` for `owner`: whether that is no more than `max` with the other nodes'. True if they cannot be asked. */
  reserve: (owner: string, count: number, max: number) => Promise<boolean>
  /** It is fewer now. */
  release: (owner: string, count: number) => void
}

export interface SeatsOptions {
  /** Sockets of this node. */
  max: number
  /** Sockets of one user or key, and sockets of one address that have not said whose they are. */
  maxEach: number
  /** Of one user or key at all nodes; without it, at this one. */
  shared?: SharedSeats | undefined
}

/** Of all places, those for sockets that have not authenticated: a tenth, a thousand at most. */
const UNCLAIMED_SHARE = 10
const MAX_UNCLAIMED = 1_000

/** How many sockets there may be: in all, of one owner, and without one. */
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

  /** A seat for a subject, or for an address that has yet to say whose socket it is. Throws BLF_UNAVAILABLE or BLF_TOO_MANY_SOCKETS. */
  async take (who: { subject: string } | { address: string }): Promise<Seat> {
    if (this.#size >= this.#options.max) throw problem('BLF_UNAVAILABLE', 'This node has no room for another socket.')
    const isClaimed = 'subject' in who
    if (!isClaimed && this.#unclaimed >= this.#maxUnclaimed) throw problem('BLF_UNAVAILABLE', 'Too many sockets have not authenticated.')
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

  /** A seat that was an address's becomes a subject's. For seats. */
  move (owner: string, subject: string): void {
    this.#enter(subject)
    this.#exit(owner)
    this.#unclaimed -= 1
  }

  /** A seat is free again. For seats. */
  free (owner: string, isClaimed: boolean): void {
    this.#exit(owner)
    this.#size -= 1
    if (isClaimed) this.#options.shared?.release(owner, this.#taken.get(owner) ?? 0)
    else this.#unclaimed -= 1
  }

  /** Asks whether the other nodes leave the owner that much room. Throws BLF_TOO_MANY_SOCKETS. For seats. */
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

/** A socket's place; given up when the socket is gone. */
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

  /** It now belongs to this subject. Throws BLF_TOO_MANY_SOCKETS if that has enough of them. */
  async claim (subject: string): Promise<void> {
    // Its socket may be gone while its credentials were looked at.
    if (this.#isClaimed || this.#isLeft) return
    this.#seats.move(this.#owner, subject)
    this.#owner = subject
    this.#isClaimed = true
    await this.#seats.share(subject)
  }

  /** Once is enough, and more is no more. */
  leave (): void {
    if (this.#isLeft) return
    this.#isLeft = true
    this.#seats.free(this.#owner, this.#isClaimed)
  }
}
