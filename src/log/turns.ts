/**
 * Shares the event loop among readers of long logs: so many read at once, each begins in a loop turn
 * of its own, so that sockets and requests are served in between, and the keys waiting take turns, so
 * that nobody is served later for what another asks for many times.
 */
export class Turns {
  readonly #atOnce: number
  /** What waits, by key; the first key is next. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #running = 0
  #isScheduled = false

  constructor (atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Does some work when it is `key`'s turn. */
  async take<T> (key: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>(resolve => {
      const queue = this.#waiting.get(key)
      if (queue) queue.push(resolve)
      else this.#waiting.set(key, [resolve])
      this.#schedule()
    })
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#schedule()
    }
  }

  #schedule (): void {
    if (this.#isScheduled || this.#running >= this.#atOnce || this.#waiting.size === 0) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#grant()
      this.#schedule()
    })
  }

  #grant (): void {
    const [key, queue] = this.#waiting.entries().next().value!
    const begin = queue.shift()!
    this.#waiting.delete(key)
    if (queue.length > 0) this.#waiting.set(key, queue)
    this.#running += 1
    begin()
  }
}
