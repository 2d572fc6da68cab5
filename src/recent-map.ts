/**
 * A Map of what was used lately: the last `capacity` entries at least, twice as many at the most. Two
 * generations make that cheap: what is used is in the young one, and when that is full it becomes the
 * old one, whose rest goes. (Deleting a Map's first key costs the more the more went before it.)
 */
export class RecentMap<K, V extends NonNullable<unknown>> {
  readonly #capacity: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor (capacity: number) {
    this.#capacity = capacity
  }

  get (key: K): V | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set (key: K, value: V): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  delete (key: K): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }
}
