import { sizeOfEvent } from '../../log/event-size.ts'
import type { LogEvent } from '../../log/event.ts'

export interface RingBounds {
  /** The number of events that it keeps at least, if their size allows; it keeps at most twice as many. */
  events?: number
  /** The bytes that it keeps at most; beyond that it removes the older half. */
  bytes?: number
}

/** The newest events of the log, kept in memory for connections that are only a little behind. */
export class Ring {
  readonly #bounds: Required<RingBounds>
  #events: LogEvent[] = []
  #start: number
  #bytes = 0
  /** Ids of notifications that were recalled while they were in the ring. */
  #recalled = new Set<string>()
  /** When notifications expire whose edits are in the ring, by the notifications' `seq`. */
  #expiries = new Map<number, number | null>()

  /** `seq`: that of the newest event when the ring begins. */
  constructor (seq: number, bounds: RingBounds = {}) {
    this.#start = seq
    this.#bounds = { events: 4096, bytes: 32 * 1024 * 1024, ...bounds }
  }

  /** The ring holds every event after this `seq`. */
  get start (): number {
    return this.#start
  }

  push (events: LogEvent[]): void {
    for (const event of events) {
      this.#events.push(event)
      this.#bytes += sizeOfEvent(event)
      if (event.kind === 'notification.recalled') this.#recall(event)
      else if (event.originSeq !== undefined) this.#expiries.set(event.originSeq, event.expiresAt)
    }
    // Removed only when twice as many are there, so that the average cost of a push is constant.
    const { events: most, bytes } = this.#bounds
    if (this.#events.length >= most * 2) this.#cut(this.#events.length - most)
    if (this.#bytes > bytes) this.#cut(this.#beyond(bytes / 2))
  }

  /** How many of the oldest must be removed so that the rest has at most `bytes`. */
  #beyond (bytes: number): number {
    let count = 0
    for (let excess = this.#bytes - bytes; excess > 0; count++) excess -= sizeOfEvent(this.#events[count]!)
    return count
  }

  #cut (count: number): void {
    this.#start = this.#events[count - 1]!.seq
    for (const event of this.#events.splice(0, count)) this.#bytes -= sizeOfEvent(event)
    // Each of these walks the whole ring, which most rings need not.
    if (this.#recalled.size > 0) this.#recalled = new Set(this.#events.map(notificationId).filter(id => id !== null && this.#recalled.has(id)) as string[])
    if (this.#expiries.size > 0) this.#expiries = new Map(this.#events.flatMap(({ kind, originSeq, expiresAt }) => originSeq === undefined || kind === 'notification.recalled' ? [] : [[originSeq, expiresAt]]))
  }

  /** Events with `after < seq ≤ upTo`; `after` must not lie before the ring's start. */
  between (after: number, upTo: number): LogEvent[] {
    return this.#events.slice(Math.max(0, after - this.#start), Math.max(0, upTo - this.#start))
  }

  /** Whether an event is a notification, or an edit of one, that was recalled later: nobody may see it any more. */
  isRecalled (event: LogEvent): boolean {
    if (this.#recalled.size === 0) return false
    const id = notificationId(event)
    return id !== null && this.#recalled.has(id)
  }

  /** When an event expires: an edit changes it for the notification and for earlier edits. */
  expiryOf ({ seq, originSeq = seq, expiresAt }: LogEvent): number | null {
    const newest = this.#expiries.get(originSeq)
    return newest === undefined ? expiresAt : newest
  }

  #recall ({ body }: LogEvent): void {
    for (const id of (JSON.parse(body) as { ids: string[] }).ids) this.#recalled.add(id)
  }
}

/** The id of the notification that an event is, or that it edits. */
function notificationId ({ id, kind, body }: LogEvent): string | null {
  return kind === 'notification.updated' ? (JSON.parse(body) as { id: string }).id : id
}
