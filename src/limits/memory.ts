import type { Count, Counters } from './counters.ts'

/** Counters of one process, as many as fit: past that the oldest windows are given up. */
export class MemoryCounters implements Counters {
  readonly #now: () => number
  readonly #capacity: number
  readonly #windows = new Map<string, { count: number, endsAt: number }>()

  constructor ({ now = () => Date.now(), capacity = 100_000 }: { now?: () => number, capacity?: number } = {}) {
    this.#now = now
    this.#capacity = capacity
  }

  async hit (key: string, windowMs: number): Promise<Count> {
    const now = this.#now()
    let window = this.#windows.get(key)
    if (!window || window.endsAt <= now) {
      // Deleted first, so that the Map's order is the order of their beginnings.
      this.#windows.delete(key)
      if (this.#windows.size >= this.#capacity) this.#windows.delete(this.#windows.keys().next().value!)
      window = { count: 0, endsAt: now + windowMs }
      this.#windows.set(key, window)
    }
    window.count += 1
    return { count: window.count, leftMs: window.endsAt - now }
  }
}
