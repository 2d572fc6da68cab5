/** A clock whose time passes when a test says so. */
export class HandClock {
  #now = 0
  #timers: { at: number, fn: () => void }[] = []

  now = (): number => this.#now

  after = (ms: number, fn: () => void): () => void => {
    const timer = { at: this.#now + ms, fn }
    this.#timers.push(timer)
    return () => { this.#timers = this.#timers.filter(other => other !== timer) }
  }

  /** How many timers wait. */
  get waiting (): number { return this.#timers.length }

  /** Lets time pass, timer by timer; each is done, promises included, before the next. */
  async pass (ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    while (true) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers = this.#timers.filter(timer => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.fn()
      await settled()
    }
    this.#now = end
  }

  /** The device sleeps: time passes, and no timer is called. */
  leap (ms: number): void {
    this.#now += ms
  }
}

/** Resolves when nothing is left to be done but what waits for a timer. */
export async function settled (): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}
