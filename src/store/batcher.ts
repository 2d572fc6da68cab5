/**
 * Batches lookups that arrive within a short time, for a store that answers many at little more than the
 * cost of one. The first after a pause is looked up at once, alone; those that follow within `paceMs` wait
 * until there are `maxBatch` of them or the time is over.
 */
export interface BatcherOptions<K, V> {
  /** Resolves with as many values as keys, in the same order. */
  loadMany: (keys: K[]) => Promise<V[]>
  /** The most keys in one batch. */
  maxBatch: number
  /** The shortest time between two batches that are not full, in milliseconds. */
  paceMs: number
  /** A clock in milliseconds. */
  now?: () => number
}

interface Waiting<K, V> { key: K, resolve: (value: V) => void, reject: (error: unknown) => void }

export class Batcher<K, V> {
  readonly #options: Required<BatcherOptions<K, V>>
  #waiting: Waiting<K, V>[] = []
  #timer: NodeJS.Timeout | undefined
  #loadedAt = -Infinity

  constructor (options: BatcherOptions<K, V>) {
    this.#options = { now: () => performance.now(), ...options }
  }

  /** Resolves with the key's value; rejects if its batch fails. */
  load (key: K): Promise<V> {
    const { maxBatch, paceMs, now } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<V>()
    this.#waiting.push({ key, resolve, reject })
    if (this.#waiting.length >= maxBatch || (!this.#timer && now() - this.#loadedAt >= paceMs)) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), paceMs)
    return promise
  }

  /** Loads all waiting keys now. */
  flush (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    this.#loadedAt = this.#options.now()
    const waiting = this.#waiting
    this.#waiting = []
    this.#options.loadMany(waiting.map(({ key }) => key)).then(
      values => waiting.forEach(({ resolve }, index) => resolve(values[index]!)),
      (error: unknown) => waiting.forEach(({ reject }) => reject(error))
    )
  }
}
