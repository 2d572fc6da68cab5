/** Answers of a store kept in memory until somebody says they changed. */
export class Cached<V> {
  readonly #read: (key: string) => Promise<V | undefined>
  readonly #capacity: number
  readonly #values = new Map<string, V>()
  /** Counts changes: a read that one overtook is not kept. */
  #changes = 0

  constructor (read: (key: string) => Promise<V | undefined>, capacity = 100_000) {
    this.#read = read
    this.#capacity = capacity
  }

  async get (key: string): Promise<V | undefined> {
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const before = this.#changes
    const value = await this.#read(key)
    if (value !== undefined && before === this.#changes) this.#keep(key, value)
    return value
  }

  forget (key: string): void {
    this.#changes += 1
    this.#values.delete(key)
  }

  #keep (key: string, value: V): void {
    // The oldest goes: a Map keeps the order of insertion.
    if (this.#values.size >= this.#capacity) this.#values.delete(this.#values.keys().next().value!)
    this.#values.set(key, value)
  }
}
