import type { Clock } from '../../../src/client/seam.ts'

/** A clock that a test moves by hand. */
export class HandClock implements Clock {
  time = Date.parse('2026-01-01T00:00:00.000Z')
  #timers = new Map<number, { at: number, fn: () => void }>()
  #last = 0
  random: () => number = () => 0.5
  /** Waits for what happens without a timer. */
  settled: () => Promise<void> = settled
  now = () => this.time

  after (ms: number, fn: () => void): () => void {
    const timer = ++this.#last
    this.#timers.set(timer, { at: this.time + ms, fn })
    return () => { this.#timers.delete(timer) }
  }

  get pending (): number { return this.#timers.size }

  /** Lets time pass, and what is due happen, with the promises that follow from it. */
  async advance (ms: number): Promise<void> {
    const end = this.time + ms
    await this.settled()
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)
      if (!next) break
      this.#timers.delete(next[0])
      this.time = Math.max(this.time, next[1].at)
      next[1].fn()
      await this.settled()
    }
    this.time = end
  }
}

/** Resolves when no promise is left that others wait for. */
export const settled = () => new Promise<void>(resolve => setImmediate(resolve))
