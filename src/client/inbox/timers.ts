import type { Clock } from '../seam.ts'

/** Timers by name: at most one of each runs. */
export class Timers {
  readonly #clock: Clock
  readonly #running = new Map<string, { timer: unknown, at: number }>()

  constructor (clock: Clock) { this.#clock = clock }

  /** Calls `fn` after `ms` milliseconds, unless a timer of this name runs already. */
  start (name: string, ms: number, fn: () => void): void {
    if (this.#running.has(name)) return
    // Longer times overflow; whoever starts this one looks again when it ends.
    const timer = this.#clock.setTimeout(() => {
      this.#running.delete(name)
      fn()
    }, Math.min(Math.max(ms, 0), 0x7fffffff))
    this.#running.set(name, { timer, at: this.#clock.now() + ms })
  }

  /** Makes the timer of this name end at another time. */
  move (name: string, ms: number, fn: () => void): void {
    const running = this.#running.get(name)
    if (running && Math.abs(running.at - this.#clock.now() - ms) < 1) return
    this.stop(name)
    if (ms !== Infinity) this.start(name, ms, fn)
  }

  stop (name: string): void {
    const running = this.#running.get(name)
    if (running) this.#clock.clearTimeout(running.timer)
    this.#running.delete(name)
  }

  stopAll (): void {
    for (const name of [...this.#running.keys()]) this.stop(name)
  }
}
