import type { Connection } from './connection.ts'
import type { Encoding } from './encoding.ts'

const NONE: Connection[] = []

/** The registered connections of each subject (a user's audience key, or a key's). Most subjects have one; a Set for each would cost more than all the rest. */
export class Roster {
  readonly #bySubject = new Map<string, Connection | Set<Connection>>()
  #size = 0
  /** To count is not to look at them: idle connections are in no cache, and ten thousand of them take milliseconds. */
  readonly #byEncoding = new Map<Encoding, number>()

  /** How many connections there are. */
  get size (): number {
    return this.#size
  }

  /** How many connections there are of an encoding. */
  countOf (encoding: Encoding): number {
    return this.#byEncoding.get(encoding) ?? 0
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
    this.#count(connection, 1)
  }

  /** Whether it was there. */
  remove (connection: Connection): boolean {
    const { subject } = connection
    const known = this.#bySubject.get(subject)
    const isThere = known instanceof Set ? known.delete(connection) : known === connection
    if (!isThere) return false
    this.#count(connection, -1)
    if (!(known instanceof Set) || known.size === 0) this.#bySubject.delete(subject)
    return true
  }

  #count ({ wire: { encoding } }: Connection, change: number): void {
    this.#size += change
    this.#byEncoding.set(encoding, this.countOf(encoding) + change)
  }
}
