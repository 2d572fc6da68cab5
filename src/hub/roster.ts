import type { Connection } from './connection.ts'

const NONE: Connection[] = []

/** The registered connections of each subject (a user's audience key, or a key's). Most subjects have one; a Set for each would cost more than all the rest. */
export class Roster {
  readonly #bySubject = new Map<string, Connection | Set<Connection>>()
  #size = 0

  /** How many connections there are. */
  get size (): number {
    return this.#size
  }

  has (subject: string): boolean {
    return this.#bySubject.has(subject)
  }

  /** A copy: the caller may remove connections while it iterates. */
  of (subject: string): Connection[] {
    const known = this.#bySubject.get(subject)
    if (known === undefined) return NONE
    return known instanceof Set ? [...known] : [known]
  }

  * all (): Iterable<Connection> {
    for (const known of this.#bySubject.values()) {
      if (known instanceof Set) yield * known
      else yield known
    }
  }

  add (connection: Connection): void {
    const { subject } = connection
    const known = this.#bySubject.get(subject)
    if (known === undefined) this.#bySubject.set(subject, connection)
    else if (known instanceof Set) known.add(connection)
    else this.#bySubject.set(subject, new Set([known, connection]))
    this.#size += 1
  }

  /** Whether it was there. */
  remove (connection: Connection): boolean {
    const { subject } = connection
    const known = this.#bySubject.get(subject)
    const isThere = known instanceof Set ? known.delete(connection) : known === connection
    if (!isThere) return false
    this.#size -= 1
    if (!(known instanceof Set) || known.size === 0) this.#bySubject.delete(subject)
    return true
  }
}
