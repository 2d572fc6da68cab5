import type { LogEvent } from '../store/store.ts'

/** The newest events of the log, kept in memory for sockets that are only a little behind. */
export class Ring {
  readonly #capacity: number
  #events: LogEvent[] = []
  #start: number
  /** Ids of notifications that were recalled while they were here. */
  #recalled = new Set<string>()

  /** `position`: the log's head when the ring begins. */
  constructor (position: number, capacity = 4096) {
    this.#start = position
    this.#capacity = capacity
  }

  /** The oldest place from which the ring can go on without a hole. */
  get start (): number {
    return this.#start
  }

  push (events: LogEvent[]): void {
    for (const event of events) {
      this.#events.push(event)
      if (event.kind === 'notification.recalled') this.#recall(event)
    }
    // Twice the capacity before it is cut, so that a push costs the same on average.
    if (this.#events.length < this.#capacity * 2) return
    const cut = this.#events.length - this.#capacity
    this.#start = this.#events[cut - 1]!.seq
    this.#events = this.#events.slice(cut)
    this.#recalled = new Set(this.#events.flatMap(({ id }) => id !== null && this.#recalled.has(id) ? id : []))
  }

  /** Events with `after < seq ≤ upTo`; `after` must not lie before the ring's start. */
  between (after: number, upTo: number): LogEvent[] {
    return this.#events.slice(Math.max(0, after - this.#start), Math.max(0, upTo - this.#start))
  }

  /** Whether an event is a notification that was recalled since: nobody is to see it any more. */
  isRecalled ({ id }: LogEvent): boolean {
    return id !== null && this.#recalled.has(id)
  }

  #recall ({ body }: LogEvent): void {
    for (const id of (JSON.parse(body) as { ids: string[] }).ids) this.#recalled.add(id)
  }
}
