import type { LogEvent } from '../store/store.ts'

/** The newest events of the log, kept in memory for sockets that are only a little behind. */
export class Ring {
  readonly #capacity: number
  #events: LogEvent[] = []
  #start: number

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
    for (const event of events) this.#events.push(event)
    // Twice the capacity before it is cut, so that a push costs the same on average.
    if (this.#events.length < this.#capacity * 2) return
    const cut = this.#events.length - this.#capacity
    this.#start = this.#events[cut - 1]!.seq
    this.#events = this.#events.slice(cut)
  }

  /** Events with a greater `seq`; `seq` must not lie before the ring's start. */
  after (seq: number): LogEvent[] {
    return this.#events.slice(Math.max(0, seq - this.#start))
  }
}
