import QuickLRU from 'quick-lru'

interface Read<V> {
  value: Promise<V | undefined>
  /** Whether the value changed in the store after the read began. */
  isStale: boolean
}

/**
 * A read-through cache with invalidation by `forget`. A value that is invalidated while it is being read is read again:
 *
 *     get('a') → read begins … forget('a') … old value arrives → not cached, and the read is repeated
 */
export class Cached<V extends NonNullable<unknown>> {
  readonly #read: (key: string) => Promise<V | undefined>
  readonly #values: QuickLRU<string, V>
  readonly #reads = new Map<string, Read<V>>()

  constructor (read: (key: string) => Promise<V | undefined>, capacity = 50_000) {
    this.#read = read
    this.#values = new QuickLRU({ maxSize: capacity })
  }

  async get (key: string): Promise<V | undefined> {
    while (true) {
      const known = this.#values.get(key)
      if (known !== undefined) return known
      const read = this.#reads.get(key) ?? this.#begin(key)
      const value = await read.value
      if (!read.isStale) return value
    }
  }

  /** Gets several values; those that are neither cached nor being read are read by one call of `readAll`. */
  async getAll (keys: string[], readAll: (keys: string[]) => Promise<Map<string, V>>): Promise<Map<string, V | undefined>> {
    const wanted = [...new Set(keys)]
    const cold = wanted.filter(key => !this.has(key) && !this.#reads.has(key))
    if (cold.length > 0) {
      const values = readAll(cold)
      for (const key of cold) this.#begin(key, values.then(values => values.get(key)))
    }
    return new Map(await Promise.all(wanted.map(async key => [key, await this.get(key)] as const)))
  }

  /** Whether a value is cached. */
  has (key: string): boolean {
    return this.#values.get(key) !== undefined
  }

  /** Invalidates a value, and the read of it that is in progress. */
  forget (key: string): void {
    this.#values.delete(key)
    const read = this.#reads.get(key)
    if (!read) return
    read.isStale = true
    this.#reads.delete(key)
  }

  #begin (key: string, value = this.#read(key)): Read<V> {
    const read: Read<V> = { value: Promise.resolve(undefined), isStale: false }
    this.#reads.set(key, read)
    read.value = this.#finish(key, read, value)
    return read
  }

  async #finish (key: string, read: Read<V>, pending: Promise<V | undefined>): Promise<V | undefined> {
    try {
      const value = await pending
      if (value !== undefined && !read.isStale) this.#values.set(key, value)
      return value
    } finally {
      if (this.#reads.get(key) === read) this.#reads.delete(key)
    }
  }
}
