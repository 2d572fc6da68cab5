import type { Connection } from './connection.ts'

const NONE: ReadonlySet<Connection> = new Set()

/** The live connections of each group's members, by the group's key. */
export class GroupMembers {
  readonly #byKey = new Map<string, Set<Connection>>()

  of (key: string): ReadonlySet<Connection> {
    return this.#byKey.get(key) ?? NONE
  }

  /** Adds a connection to the groups of its user. */
  add (connection: Connection): void {
    for (const key of connection.groups.keys()) {
      const members = this.#byKey.get(key)
      if (members) members.add(connection)
      else this.#byKey.set(key, new Set([connection]))
    }
  }

  remove (connection: Connection): void {
    for (const key of connection.groups.keys()) {
      const members = this.#byKey.get(key)
      members?.delete(connection)
      if (members?.size === 0) this.#byKey.delete(key)
    }
  }
}
