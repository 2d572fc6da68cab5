import type { Connection } from './connection.ts'

const NONE: Connection[] = []

/** The open sockets of each subject. Most subjects have one, and for that a Set would be most of what is kept. */
export class Roster {
  readonly #bySubject = new Map<string, Connection | Set<Connection>>()
  #size = 0

  /** How many sockets there are. */
  get size (): number {
    return this.#size
  }

  has (subject: string): boolean {
    return this.#bySubject.has(subject)
  }

  /** A subject's sockets as of now: what the caller does to them changes nothing of it. */
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

  /** Takes a socket out; again changes nothing. */
  remove (connection: Connection): void {
    const { subject } = connection
    const known = this.#bySubject.get(subject)
    const isThere = known instanceof Set ? known.delete(connection) : known === connection
    if (!isThere) return
    this.#size -= 1
    if (!(known instanceof Set) || known.size === 0) this.#bySubject.delete(subject)
  }
}
