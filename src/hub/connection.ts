import type { CloseCode } from '../protocol/close-codes.ts'
import { keysOfCohort, type Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import type { Cohort } from './cohort.ts'
import type { Encoding, OwnFrame } from './encoding.ts'
import { concatFrames, type Outgoing } from './outgoing.ts'
import type { TopicFilter } from './topics.ts'

/** What a flush writes to: a TCP socket, or anything like it. */
export interface ByteSink {
  write (frames: Buffer): unknown
  /** Bytes that wait to be written. */
  readonly writableLength: number
  /** Whether writing is possible at all. */
  readonly writable: boolean
}

/** What carries a connection's bytes: an upgraded socket, an HTTP response that stays open… */
export interface Wire {
  readonly encoding: Encoding
  readonly sink: ByteSink
  /** Bytes written but not yet taken by the operating system. */
  readonly unsent: number
  /** Writes whole frames; never throws. */
  write (frames: Buffer): void
  /** Resolves when nothing is unsent or the wire is closed. */
  drained (): Promise<void>
  /** Says why, then closes. */
  close (code: CloseCode): void
  /** Closes at once, without a word. */
  terminate (): void
}

/** A reply is sent after the event `seq` and before the next one; instead of that event if it reports the same change. */
export interface ReplyAfter { seq: number, replacesEvent: boolean }

/** An event that is only for those whom its keys addressed at an earlier `seq`. */
export type EditEvent = LogEvent & { originSeq: number }

export function isEdit (event: LogEvent): event is EditEvent {
  return event.originSeq !== undefined
}

interface Owner { subject: string, sessionId?: string | undefined, membership: Membership | null }

/** An authenticated subscriber: who it is, what it wants to see, and the wire that its frames are written to. */
export class Connection {
  readonly id: string
  readonly wire: Wire
  readonly #maxUnsent: number
  /** The audience key of its user, or the subject of its API key. */
  readonly subject: string
  /** The login session it was opened with, if any. */
  sessionId: string | undefined
  /** The user's current company and role, kept up to date by control events; null for an API key. */
  membership: Membership | null
  topics: TopicFilter
  /** Of each of `keys`, in that order: the `seq` after which it addresses the user. Empty until it is known. */
  #joined: number[] = []
  /** Set while the connection is live: only then a flush reaches it. */
  cohort: Cohort | undefined
  /** Closed by the server: by a control event, for a slow reader… */
  isClosed = false
  /** Removed from the hub, for good. */
  isGone = false
  /** Events buffered until a reply is sent. */
  #held: { events: Outgoing[], bytes: number } | undefined

  /** `maxUnsent`: bytes that may wait on its wire before its reader counts as slow. */
  constructor (id: string, wire: Wire, { subject, sessionId, membership }: Owner, topics: TopicFilter, maxUnsent: number) {
    this.id = id
    this.wire = wire
    this.#maxUnsent = maxUnsent
    this.subject = subject
    this.sessionId = sessionId
    this.membership = membership
    this.topics = topics
  }

  /** The audience keys of its user; none for an API key. */
  get keys (): string[] {
    return this.membership ? [this.subject, ...keysOfCohort(this.membership)] : []
  }

  /** Sets what the store says of the user's keys: the `seq` after which each addresses the user. */
  setJoined (after: ReadonlyMap<string, number>): void {
    const known = this.#joined
    this.#joined = this.keys.map((key, index) => after.get(key) ?? known[index] ?? Infinity)
  }

  /** Changes the company and role after the event `seq`: keys that are new address the user from there on. */
  move (membership: Membership, seq: number): void {
    const before = new Map(this.keys.map((key, index) => [key, this.#joined[index]]))
    this.membership = membership
    this.#joined = this.keys.map(key => before.get(key) ?? seq)
  }

  /** Whether an edit is for this user: somebody whom the notification's keys addressed when it was sent, or address now if it is for late joiners. */
  hasOriginal ({ keys, originSeq, isLate = false }: EditEvent): boolean {
    return this.keys.some((key, index) => keys.includes(key) && (isLate || this.#joined[index]! < originSeq))
  }

  /**
   * Writes frames, or closes the connection of a slow reader, which then resumes from its cursor.
   * A reader is slow if too much was unsent before: a single large flush makes nobody slow.
   */
  write (frames: Buffer): void {
    if (this.isClosed) return
    if (this.wire.unsent > this.#maxUnsent) this.close(1013)
    else this.wire.write(frames)
  }

  /** Sends events, oldest first; `joined`: their frames in one buffer, if the caller has it. */
  deliver (events: Outgoing[], joined?: Buffer): void {
    const held = this.#held
    if (!held) return this.write(joined ?? concatFrames(events))
    for (const event of events) {
      held.events.push(event)
      held.bytes += event.frame.length
    }
    if (held.bytes > this.#maxUnsent) this.close(1013)
  }

  /** Buffers events until `release`. */
  hold (): void {
    this.#held = { events: [], bytes: 0 }
  }

  get isHeld (): boolean {
    return this.#held !== undefined
  }

  /** Sends a reply and what was buffered, in order; without `after` the reply comes first. */
  release (reply: OwnFrame, { seq, replacesEvent }: ReplyAfter = { seq: -1, replacesEvent: false }): void {
    const events = this.#held?.events ?? []
    this.#held = undefined
    const before = events.filter(event => event.seq < seq || (event.seq === seq && !replacesEvent))
    const after = events.filter(event => event.seq > seq)
    this.write(concatFrames([...before, { seq, frame: this.wire.encoding.encodeFrame(reply) }, ...after]))
  }

  /** Sends a frame that is no event of the log. */
  send (frame: OwnFrame): void {
    this.write(this.wire.encoding.encodeFrame(frame))
  }

  close (code: CloseCode): void {
    if (this.isClosed) return
    this.isClosed = true
    this.wire.close(code)
  }
}
