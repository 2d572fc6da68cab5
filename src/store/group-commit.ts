/**
 * Joins writes into commits: those that arrive while a commit runs go into the next one. Many
 * writers then share one disk sync, and a single one waits for no timer.
 */
export interface GroupCommitOptions<W, R> {
  /** Commits a batch whole; as many results as writes, in their order. */
  commit: (batch: W[]) => Promise<R[]>
  /** Writes in one commit at the most. */
  maxBatch?: number
  /** Writes waiting at the most; more are refused at once. */
  maxWaiting?: number
  /** What a refused write is told. */
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
  add (write: W): Promise<R> {
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
    // A microtask's pause lets the writes of one turn share the first commit too.
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
