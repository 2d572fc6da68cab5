/**
 * Limits how many long reads run at once. Each begins in its own turn of the event loop, so that sockets and
 * requests are served in between. Waiting keys are served round-robin, so a key with many reads does not
 * delay the others.
 */
export class Turns {
  readonly #atOnce: number
  /** The waiting reads of each key; the first key is next. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #running = 0
  #isScheduled = false

  constructor (atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Runs `work` when it is `key`'s turn; settles as `work` does. */
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
