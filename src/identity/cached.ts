import QuickLRU from 'quick-lru'

interface Reading<V> {
  value: Promise<V | undefined>
  /** Whether what is being read changed since the reading began. */
  isOvertaken: boolean
}

/** Answers of a store kept in memory until somebody says they changed; never one that a change overtook. */
export class Cached<V extends NonNullable<unknown>> {
  readonly #read: (key: string) => Promise<V | undefined>
  readonly #values: QuickLRU<string, V>
  readonly #readings = new Map<string, Reading<V>>()

  constructor (read: (key: string) => Promise<V | undefined>, capacity = 50_000) {
    this.#read = read
    this.#values = new QuickLRU({ maxSize: capacity })
  }

  async get (key: string): Promise<V | undefined> {
    while (true) {
      const known = this.#values.get(key)
      if (known !== undefined) return known
      const reading = this.#readings.get(key) ?? this.#begin(key)
      const value = await reading.value
      if (!reading.isOvertaken) return value
    }
  }

  /** The same for several keys, with one reading of all that are not in memory. */
  async getAll (keys: string[], readAll: (keys: string[]) => Promise<Map<string, V>>): Promise<Map<string, V | undefined>> {
    const wanted = [...new Set(keys)]
    const cold = wanted.filter(key => !this.has(key) && !this.#readings.has(key))
    if (cold.length > 0) {
      const values = readAll(cold)
      for (const key of cold) this.#begin(key, values.then(values => values.get(key)))
    }
    return new Map(await Promise.all(wanted.map(async key => [key, await this.get(key)] as const)))
  }

  /** Whether an answer is in memory. */
  has (key: string): boolean {
    return this.#values.get(key) !== undefined
  }

  forget (key: string): void {
    this.#values.delete(key)
    const reading = this.#readings.get(key)
    if (!reading) return
    reading.isOvertaken = true
    this.#readings.delete(key)
  }

  #begin (key: string, value = this.#read(key)): Reading<V> {
    const reading: Reading<V> = { value: Promise.resolve(undefined), isOvertaken: false }
    this.#readings.set(key, reading)
    reading.value = this.#finish(key, reading, value)
    return reading
  }

  async #finish (key: string, reading: Reading<V>, read: Promise<V | undefined>): Promise<V | undefined> {
    try {
      const value = await read
      if (value !== undefined && !reading.isOvertaken) this.#values.set(key, value)
      return value
    } finally {
      if (this.#readings.get(key) === reading) this.#readings.delete(key)
    }
  }
}
