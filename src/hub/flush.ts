/**
 * Decides when to flush. When idle: at the end of the turn. Under load, that is when flushes are long
 * and have several events each: after a wait as long as the last flush took. Then half of the time is
 * left for receiving events, and a burst shares its system calls.
 */
const LONG_MS = 2
const MAX_WAIT_MS = 16

export class FlushSchedule {
  readonly #flush: () => number
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #waitMs = 0
  #lastEnd = 0

  /** `flush` returns how many events it sent. */
  constructor (flush: () => number) {
    this.#flush = flush
  }

  /** Requests a flush; further requests before it has run change nothing. */
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
    // Waiting pays off only if there is more than one event to join.
    this.#waitMs = lastMs > LONG_MS && events > 1 ? Math.min(lastMs, MAX_WAIT_MS) : 0
  }
}
