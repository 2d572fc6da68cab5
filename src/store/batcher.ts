/**
 * Batches lookups that arrive within a short time, for a store that answers many at little more than the
 * cost of one. The first after a pause is looked up at once, alone; those that follow within `paceMs` wait
 * until there are `maxBatch` of them or the time is over. Where a lookup keeps this thread busy and is slow,
 * batches are smaller, and each has a turn of the event loop to itself.
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

/** About how long a batch may keep this thread, in milliseconds. */
const TURN_MS = 8

interface Waiting<K, V> { key: K, resolve: (value: V) => void, reject: (error: unknown) => void }

export class Batcher<K, V> {
  readonly #options: Required<BatcherOptions<K, V>>
  #waiting: Waiting<K, V>[] = []
  #timer: NodeJS.Timeout | undefined
  #loadedAt = -Infinity
  /** The most keys in the next batch. */
  #size: number
  #waitsForTurn = false

  constructor (options: BatcherOptions<K, V>) {
    this.#options = { now: () => performance.now(), ...options }
    this.#size = options.maxBatch
  }

  /** Resolves with the key's value; rejects if its batch fails. */
  load (key: K): Promise<V> {
    const { paceMs, now } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<V>()
    this.#waiting.push({ key, resolve, reject })
    if (this.#waitsForTurn) return promise
    if (this.#waiting.length >= this.#size || (!this.#timer && now() - this.#loadedAt >= paceMs)) this.#next()
    else this.#timer ??= setTimeout(() => this.#next(), paceMs)
    return promise
  }

  /** Loads all waiting keys now. */
  flush (): void {
    while (this.#waiting.length > 0) this.#next()
  }

  /** Loads the waiting keys, or as many of them as one turn allows. */
  #next (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#waiting.splice(0, this.#size)
    if (batch.length === 0) return
    const { loadMany, maxBatch, now } = this.#options
    const start = this.#loadedAt = now()
    loadMany(batch.map(({ key }) => key)).then(
      values => batch.forEach(({ resolve }, index) => resolve(values[index]!)),
      (error: unknown) => batch.forEach(({ reject }) => reject(error))
    )
    const tookMs = now() - start
    this.#size = Math.max(1, Math.min(maxBatch, Math.floor(batch.length * TURN_MS / tookMs)))
    if (tookMs >= TURN_MS / 2 || this.#waiting.length > 0) {
      this.#waitsForTurn = true
      setImmediate(() => {
        this.#waitsForTurn = false
        this.#next()
      })
    }
  }
}
