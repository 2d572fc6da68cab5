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
  /** How long writes that are patient wait for one that is not, milliseconds. */
  patienceMs?: number
  /** Makes the error that a further write is rejected with. */
  refuse: () => Error
}

interface Waiting<W, R> { write: W, isPatient: boolean, resolve: (result: R) => void, reject: (error: unknown) => void }

export class GroupCommit<W, R> {
  readonly #options: Required<GroupCommitOptions<W, R>>
  #waiting: Waiting<W, R>[] = []
  #running: Promise<void> | undefined
  /** Ends the wait of patient writes. */
  #hurry = () => {}

  constructor (options: GroupCommitOptions<W, R>) {
    this.#options = { maxBatch: 512, maxWaiting: 10_000, patienceMs: 5, ...options }
  }

  /**
   * Resolves with the write's result once its commit is done; rejects if the commit failed. Nobody waits for a write that is
   * patient: it goes with another that comes soon, since a commit of its own would keep that one waiting.
   */
  submit (write: W, isPatient = false): Promise<R> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(this.#options.refuse())
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    this.#waiting.push({ write, isPatient, resolve, reject })
    if (!isPatient) this.#hurry()
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
      if (this.#waiting.every(({ isPatient }) => isPatient)) await this.#company()
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

  /** Resolves when a write comes that is not patient, or none has for as long as patience lasts. */
  async #company (): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, this.#options.patienceMs)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#hurry = () => {}
  }
}
