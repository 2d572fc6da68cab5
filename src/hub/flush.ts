/**
 * When to flush. Alone and idle: at the end of the turn. Under load, when flushes are long and carry
 * several events each: after as long a wait as the last one took, so that half of the time goes into
 * taking events in and a burst shares its system calls.
 */
const LONG_MS = 2
const MAX_WAIT_MS = 16

export class FlushSchedule {
  readonly #flush: () => number
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #waitMs = 0
  #lastEnd = 0

  /** `flush` says how many events it sent. */
  constructor (flush: () => number) {
    this.#flush = flush
  }

  /** Asks for a flush; asking again before it ran changes nothing. */
  request (): void {
    if (this.#immediate || this.#timer) return
    const isBusy = this.#waitMs > 0 && performance.now() - this.#lastEnd < this.#waitMs
    if (isBusy) this.#timer = setTimeout(() => this.#run(), this.#waitMs)
    else this.#immediate = setImmediate(() => this.#run())
  }

  cancel (): void {
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = this.#timer = undefined
  }

  #run (): void {
    this.cancel()
    const start = performance.now()
    const events = this.#flush()
    this.#lastEnd = performance.now()
    const lastMs = this.#lastEnd - start
    // A single event, however many sockets it goes to, has nothing to be joined with.
    this.#waitMs = lastMs > LONG_MS && events > 1 ? Math.min(lastMs, MAX_WAIT_MS) : 0
  }
}
