/** Who waits until something is so, told whenever it may have become so. */
export class Waiting {
  #waiting: { test: () => boolean, resolve: () => void }[] = []

  /** Resolves when `test` is true: now, or after a `wake`. */
  until (test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ test, resolve })
    return promise
  }

  wake (): void {
    const ready = this.#waiting.filter(({ test }) => test())
    this.#waiting = this.#waiting.filter(waiting => !ready.includes(waiting))
    for (const { resolve } of ready) resolve()
  }
}
