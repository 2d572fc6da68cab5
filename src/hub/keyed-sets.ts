const NONE: ReadonlySet<never> = new Set<never>()

/** Sets of members by key; a key without members takes no room. */
export class KeyedSets<Member> {
  readonly #byKey = new Map<string, Set<Member>>()

  of (key: string): ReadonlySet<Member> {
    return this.#byKey.get(key) ?? NONE
  }

  /** Adds a member to the set of each key. */
  add (keys: Iterable<string>, member: Member): void {
    for (const key of keys) {
      const members = this.#byKey.get(key)
      if (members) members.add(member)
      else this.#byKey.set(key, new Set([member]))
    }
  }

  remove (keys: Iterable<string>, member: Member): void {
    for (const key of keys) {
      const members = this.#byKey.get(key)
      members?.delete(member)
      if (members?.size === 0) this.#byKey.delete(key)
    }
  }
}
