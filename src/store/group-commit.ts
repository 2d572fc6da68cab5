/**
 * Joins writes into commits: those that arrive while a commit runs go into the next one. Many
 * writers then share one disk sync, and a single one waits for no timer.
 */
export interface GroupCommitOptions<W, R> {
  /** Commits a batch as a whole; resolves with as many results as writes, in the same order. */
  commit: (batch: W[]) => Promise<R[]>
  /** The most writes in one commit. */
  maxBatch?: number
  /** The most writes that wait; further ones are rejected at once. */
  maxWaiting?: number
  /** Makes the error that a further write is rejected with. */
  refuse: () => Error
}

interface Waiting<W, R> { write: W, resolve: (result: R) => void, reject: (error: unknown) => void }

export class GroupCommit<W, R> {
  readonly #options: Required<GroupCommitOptions<W, R>>
  #waiting: Waiting<W, R>[] = []
  #running: Promise<void> | undefined

  constructor (options: GroupCommitOptions<W, R>) {
    this.#options = { maxBatch: 512, maxWaiting: 10_000, ...options }
  }

  /** Resolves with the write's result once its commit is done; rejects if the commit failed. */
  submit (write: W): Promise<R> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(this.#options.refuse())
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    this.#waiting.push({ write, resolve, reject })
    this.#running ??= this.#run()
    return promise
  }

  /** Resolves when nothing is waiting or running. */
  async idle (): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run (): Promise<void> {
    // Waits for a microtask, so that writes of the same event-loop turn share the first commit too.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch)
      try {
        const results = await this.#options.commit(batch.map(({ write }) => write))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index]!)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#running = undefined
  }
}
