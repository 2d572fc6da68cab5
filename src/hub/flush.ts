/**
 * When to flush: alone and idle at the end of the turn; while flushes are long, a few milliseconds
 * later, so that a burst shares its system calls.
 */
const LONG_MS = 2
const JOIN_MS = 4

export class FlushSchedule {
  readonly #flush: () => void
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #lastMs = 0
  #lastEnd = 0

  constructor (flush: () => void) {
    this.#flush = flush
  }

  /** Asks for a flush; asking again before it ran changes nothing. */
  request (): void {
    if (this.#immediate || this.#timer) return
    const isBusy = this.#lastMs > LONG_MS && performance.now() - this.#lastEnd < JOIN_MS
    if (isBusy) this.#timer = setTimeout(() => this.#run(), JOIN_MS)
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
    this.#flush()
    this.#lastEnd = performance.now()
    this.#lastMs = this.#lastEnd - start
  }
}
