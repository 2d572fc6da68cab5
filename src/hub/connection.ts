import type { CloseCode } from '../protocol/close-codes.ts'
import type { Membership } from '../log/audience.ts'
import type { Cohort } from './cohort.ts'
import { textFrame } from './frame.ts'
import { join, type Outgoing } from './outgoing.ts'
import type { TopicFilter } from './topics.ts'

/** What a flush writes to: a TCP socket, or anything like it. */
export interface Lane {
  write (frames: Buffer): unknown
  /** Bytes that wait to be written. */
  readonly writableLength: number
  /** Whether writing is possible at all. */
  readonly writable: boolean
}

/** What carries a connection: an upgraded socket, seen as narrowly as the hub needs it. */
export interface Wire {
  /** Writes whole frames; never throws. */
  write (frames: Buffer): void
  /** Lets go, when the turn is over, what was kept so that the upgrade's answer and the welcome are one packet. */
  uncork (): void
  readonly lane: Lane
  /** Whether the peer takes compressed frames. */
  readonly isCompressed: boolean
  /** Bytes written but not yet taken by the system. */
  readonly unsent: number
  /** Bytes that the system has taken since it was opened. */
  readonly sent: number
  /** Whether what its peer sends is not read for now. */
  readonly isPaused: boolean
  /** Resolves when nothing is unsent or the wire is closed. */
  drained (): Promise<void>
  close (code: CloseCode): void
  /** Cuts the wire without a closing handshake. */
  terminate (): void
}

/** Where an answer stands among the events; `isEvent`: it tells what the event there does, in its place. */
export interface Place { seq: number, isEvent: boolean }

interface Owner { subject: string, sessionId?: string | undefined, membership: Membership | null }

/** A subscriber's socket as the hub knows it. */
export class Connection {
  readonly id: string
  readonly #wire: Wire
  readonly #maxUnsent: number
  /** Who it belongs to, and the login session it was opened with. */
  readonly subject: string
  sessionId: string | undefined
  /** Where its user stands, kept up with the log; null for an API key's. */
  membership: Membership | null
  topics: TopicFilter
  /** Set while it is live: it gets events from the flush. */
  cohort: Cohort | undefined
  /** Closed from here, or its reader is too slow. */
  isClosed = false
  /** The hub has forgotten it. */
  isGone = false
  /** Events that wait for an answer, to be sent in order with it. */
  #held: Outgoing[] | undefined
  #heldBytes = 0

  constructor (id: string, wire: Wire, { subject, sessionId, membership }: Owner, topics: TopicFilter, maxUnsent: number) {
    this.id = id
    this.#wire = wire
    this.#maxUnsent = maxUnsent
    this.subject = subject
    this.sessionId = sessionId
    this.membership = membership
    this.topics = topics
  }

  /**
   * Writes frames, or gives up on a reader that has let too much pile up: it resumes from its cursor.
   * Judged by what was there before: one large flush alone makes nobody slow.
   */
  write (frames: Buffer): void {
    if (this.isClosed) return
    if (this.#wire.unsent > this.#maxUnsent) this.close(1013)
    else this.#wire.write(frames)
  }

  get lane (): Lane {
    return this.#wire.lane
  }

  /** Whether it gets events compressed. */
  get isCompressed (): boolean {
    return this.#wire.isCompressed
  }

  /** Takes events, oldest first; `joined` is their frames in one. */
  deliver (events: Outgoing[], joined?: Buffer): void {
    if (!this.#held) return this.write(joined ?? join(events))
    for (const event of events) {
      this.#held.push(event)
      this.#heldBytes += event.frame.length
    }
    if (this.#heldBytes > this.#maxUnsent) this.close(1013)
  }

  /** Buffers events until an answer is known, for it to be sent at its place among them. */
  hold (): void {
    this.#held = []
    this.#heldBytes = 0
  }

  get isHeld (): boolean {
    return this.#held !== undefined
  }

  /** Sends what was buffered, with an answer at its place; without a place the answer comes first. */
  release (answer: object, { seq, isEvent }: Place = { seq: -1, isEvent: false }): void {
    const held = this.#held ?? []
    this.#held = undefined
    const before = held.filter(event => event.seq < seq || (event.seq === seq && !isEvent))
    const after = held.filter(event => event.seq > seq)
    this.write(join([...before, { seq, frame: textFrame(JSON.stringify(answer)) }, ...after]))
  }

  /** Sends one frame that is not of the log. */
  send (frame: object): void {
    this.write(textFrame(JSON.stringify(frame)))
  }

  /** Lets go, when the turn is over, what was kept since the upgrade. */
  uncork (): void {
    this.#wire.uncork()
  }

  /** Resolves when what was written is on its way. */
  drained (): Promise<void> {
    return this.#wire.drained()
  }

  close (code: CloseCode): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#wire.close(code)
  }

  terminate (): void {
    this.isClosed = true
    this.#wire.terminate()
  }
}
