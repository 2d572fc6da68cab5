import QuickLRU from 'quick-lru'
import type { Count, Counters } from './counters.ts'

/**
 * Counters of one process. At most twice `capacity` windows are kept; beyond that the ones unused for
 * longest are dropped. (Not rate-limiter-flexible: it keeps a timer per window, has no bound on the
 * number of windows, and uses the wall clock.)
 */
export class MemoryCounters implements Counters {
  readonly #now: () => number
  readonly #windows: QuickLRU<string, { count: number, endsAt: number }>

  constructor ({ now = () => Math.floor(performance.now()), capacity = 50_000 }: { now?: () => number, capacity?: number } = {}) {
    this.#now = now
    this.#windows = new QuickLRU({ maxSize: capacity })
  }

  async hit (key: string, windowMs: number, hits = 1): Promise<Count> {
    const now = this.#now()
    let window = this.#windows.get(key)
    if (!window || window.endsAt <= now) {
      window = { count: 0, endsAt: now + windowMs }
      this.#windows.set(key, window)
    }
    window.count += hits
    // A sum of fractions is rounded: the difference can be more than what was added.
    return { count: window.count, leftMs: Math.min(windowMs, window.endsAt - now) }
  }

  async refund (key: string): Promise<void> {
    const window = this.#windows.get(key)
    if (window && window.count > 0) window.count -= 1
  }
}
