import type { CloseCode } from '../close-codes.ts'
import type { Membership } from '../audience.ts'
import type { Cohort } from './cohort.ts'
import { textFrame } from './frame.ts'
import type { TopicFilter } from './topics.ts'

/** What carries a connection: an upgraded socket, seen as narrowly as the hub needs it. */
export interface Wire {
  /** Writes whole frames; never throws. */
  write (frames: Buffer): void
  /** Bytes written but not yet taken by the system. */
  readonly unsent: number
  /** Resolves when nothing is unsent or the wire is closed. */
  drained (): Promise<void>
  close (code: CloseCode): void
  /** Cuts the wire without a closing handshake. */
  terminate (): void
}

type Owner = Pick<Connection, 'subject' | 'sessionId' | 'membership'>

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
  isClosed = false

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

  /** Sends one frame that is not of the log. */
  send (frame: object): void {
    this.write(textFrame(JSON.stringify(frame)))
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
