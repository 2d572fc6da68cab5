import type { LogEvent, LogReader } from '../store/store.ts'

/**
 * This node's ordered reader of the log. Events come in as offers (what this node committed itself)
 * or as hints (what another one did); they go out contiguous, in order, each once. A hole is filled
 * from the store, so a lost, doubled or late offer only costs a read.
 */
export interface TailOptions {
  log: Pick<LogReader, 'events' | 'head'>
  /** Where to begin: events after this `seq` are delivered. */
  position: number
  /** Called with contiguous events, synchronously with the offer where that is possible. */
  deliver: (events: LogEvent[]) => void
  onError: (error: unknown) => void
}

const PAGE = 500

export class Tail {
  readonly #options: TailOptions
  #position: number
  #filling: Promise<void> | undefined
  #isAskedFor = false
  #waiting: { seq: number, resolve: () => void }[] = []

  constructor (options: TailOptions) {
    this.#options = options
    this.#position = options.position
  }

  /** The `seq` of the last event delivered. */
  get position (): number {
    return this.#position
  }

  /** Takes committed events, in order among themselves. */
  offer (events: LogEvent[]): void {
    const fresh = events.filter(({ seq }) => seq > this.#position)
    const [first] = fresh
    if (!first) return
    if (first.seq === this.#position + 1 && !this.#filling) this.#deliver(fresh)
    else this.catchUp()
  }

  /** Reads on from the store until nothing is left; failures are reported and the next offer tries again. */
  catchUp (): void {
    // What asks while a page is being read may know of events that the page misses.
    this.#isAskedFor = true
    this.#filling ??= this.#fill()
  }

  /** Resolves when it is not reading. */
  async settled (): Promise<void> {
    await this.#filling
  }

  /** Resolves once the event `seq` is delivered. */
  reached (seq: number): Promise<void> {
    if (seq <= this.#position) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ seq, resolve })
    this.catchUp()
    return promise
  }

  async #fill (): Promise<void> {
    try {
      while (this.#isAskedFor) {
        this.#isAskedFor = false
        const page = await this.#options.log.events(this.#position, PAGE)
        if (page.length > 0) this.#deliver(page)
        if (page.length === PAGE) this.#isAskedFor = true
      }
    } catch (error) {
      this.#options.onError(error)
    } finally {
      this.#filling = undefined
    }
  }

  #deliver (events: LogEvent[]): void {
    this.#position = events.at(-1)!.seq
    this.#options.deliver(events)
    const ready = this.#waiting.filter(({ seq }) => seq <= this.#position)
    if (ready.length === 0) return
    this.#waiting = this.#waiting.filter(({ seq }) => seq > this.#position)
    for (const { resolve } of ready) resolve()
  }
}
