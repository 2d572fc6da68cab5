import { keysOfCohort, type Membership } from '../log/audience.ts'
import type { Connection, Lane } from './connection.ts'
import { join, type Outgoing } from './outgoing.ts'
import { listTopics, type TopicFilter } from './topics.ts'

/** The sockets that get the same bytes of a broadcast: same company, role and topic filter, all compressed or none. */
export class Cohort {
  readonly name: string
  readonly keys: string[]
  readonly topics: TopicFilter
  readonly isCompressed: boolean
  /** By what they are written to: a flush to thousands should touch nothing else of them. */
  readonly #lanes = new Map<Lane, Connection>()
  /** Whose events are kept back for now. */
  readonly #held = new Set<Connection>()

  constructor (name: string, membership: Membership, topics: TopicFilter, isCompressed: boolean) {
    this.name = name
    this.keys = keysOfCohort(membership)
    this.topics = topics
    this.isCompressed = isCompressed
  }

  get size (): number {
    return this.#lanes.size + this.#held.size
  }

  * members (): Iterable<Connection> {
    yield * this.#lanes.values()
    yield * this.#held
  }

  add (connection: Connection): void {
    if (connection.isHeld) this.#held.add(connection)
    else this.#lanes.set(connection.lane, connection)
  }

  remove (connection: Connection): void {
    this.#lanes.delete(connection.lane)
    this.#held.delete(connection)
  }

  /** Sends events to every member but those who are `except`ed: they are to be given theirs with events of their own. */
  deliver (outgoing: Outgoing[], except: Map<Connection, unknown>): void {
    const joined = join(outgoing)
    this.#lanes.forEach((connection, lane) => {
      if (except.size > 0 && except.has(connection)) return
      // Where something waits already, the connection decides.
      if (lane.writableLength === 0 && lane.writable) lane.write(joined)
      else connection.deliver(outgoing, joined)
    })
    for (const connection of this.#held) if (!except.has(connection)) connection.deliver(outgoing, joined)
  }
}

/** Every cohort with a member, found by the audience keys it is addressed under. */
export class Cohorts {
  readonly #byName = new Map<string, Cohort>()
  readonly #byKey = new Map<string, Set<Cohort>>()

  /** The cohorts that a key addresses. */
  at (key: string): Iterable<Cohort> {
    return this.#byKey.get(key) ?? []
  }

  join (connection: Connection, membership: Membership, topics: TopicFilter): Cohort {
    const name = cohortName(membership, topics, connection.isCompressed)
    const cohort = this.#byName.get(name) ?? this.#open(new Cohort(name, membership, topics, connection.isCompressed))
    cohort.add(connection)
    return cohort
  }

  leave (connection: Connection, cohort: Cohort): void {
    cohort.remove(connection)
    if (cohort.size > 0) return
    this.#byName.delete(cohort.name)
    for (const key of cohort.keys) {
      const addressed = this.#byKey.get(key)
      addressed?.delete(cohort)
      if (addressed?.size === 0) this.#byKey.delete(key)
    }
  }

  #open (cohort: Cohort): Cohort {
    this.#byName.set(cohort.name, cohort)
    for (const key of cohort.keys) {
      const addressed = this.#byKey.get(key)
      if (addressed) addressed.add(cohort)
      else this.#byKey.set(key, new Set([cohort]))
    }
    return cohort
  }
}

/** No two cohorts share it: what has no fixed form is told apart by its length. */
export function cohortName ({ company, role }: Membership, topics: TopicFilter, isCompressed: boolean): string {
  const place = company === null ? '-' : `${company.length}:${company}`
  const filter = topics === null ? '*' : listTopics(topics).join(' ')
  return `${place} ${role.length}:${role} ${isCompressed ? 'z' : '-'} ${filter}`
}
