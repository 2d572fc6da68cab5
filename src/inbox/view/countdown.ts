/** Counts time down while nothing stops it. */
export class Countdown {
  readonly #onEnd: () => void
  readonly #ms: number
  /** What holds it, such as the pointer and the focus. */
  readonly #holds = new Set<string>()
  #left: number
  #startedAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (ms: number, onEnd: () => void) {
    this.#ms = this.#left = ms
    this.#onEnd = onEnd
    this.#run()
  }

  /** Stops it until every hold is released. */
  hold (name: string): void {
    this.#holds.add(name)
    if (this.#timer === undefined) return
    this.#stop()
    this.#left = Math.max(this.#left - (performance.now() - this.#startedAt), this.#ms / 4)
  }

  release (name: string): void {
    if (this.#holds.delete(name) && this.#holds.size === 0) this.#run()
  }

  cancel (): void {
    this.#holds.clear()
    this.#stop()
  }

  #run (): void {
    this.#startedAt = performance.now()
    this.#timer = setTimeout(this.#onEnd, this.#left)
  }

  #stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
