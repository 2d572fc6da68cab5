import { audienceKey, keysOfCohort, type Membership } from '../log/audience.ts'
import type { ByteSink, Connection } from './connection.ts'
import type { Encoding } from './encoding.ts'
import { KeyedSets } from './keyed-sets.ts'
import { concatFrames, type Outgoing } from './outgoing.ts'
import { listTopics, type TopicFilter } from './topics.ts'

/** The live connections that get the same bytes of a broadcast: same company, role, topic filter and encoding. */
export class Cohort {
  readonly name: string
  readonly keys: string[]
  readonly topics: TopicFilter
  readonly encoding: Encoding
  /** The key of the members' company; undefined if they have none. */
  readonly company: string | undefined
  /** Members with settings of their own, by topic. */
  readonly #exceptions = new KeyedSets<Connection>()
  /** Of no member does one of the cohort's keys address the user only since a later `seq`. Never goes down: from then on, each member is asked whether it has what is edited. */
  joinedBefore = -Infinity
  /** By sink, so that a flush to thousands touches the sinks alone, not the connections. */
  readonly #bySink = new Map<ByteSink, Connection>()
  /** Connections whose events are buffered until a reply is sent. */
  readonly #held = new Set<Connection>()

  constructor (name: string, membership: Membership, topics: TopicFilter, encoding: Encoding) {
    this.name = name
    this.keys = keysOfCohort(membership)
    this.topics = topics
    this.encoding = encoding
    this.company = membership.company === null ? undefined : audienceKey.company(membership.company)
  }

  get size (): number {
    return this.#bySink.size + this.#held.size
  }

  * members (): Iterable<Connection> {
    yield * this.#bySink.values()
    yield * this.#held
  }

  /** The members who have settings of their own for a topic. */
  exceptions (topic: string): ReadonlySet<Connection> {
    return this.#exceptions.of(topic)
  }

  add (connection: Connection): void {
    this.joinedBefore = Math.max(this.joinedBefore, connection.lastJoined)
    if (connection.mutes) this.#exceptions.add(connection.mutes.settings.topics, connection)
    if (connection.isHeld) this.#held.add(connection)
    else this.#bySink.set(connection.wire.sink, connection)
  }

  remove (connection: Connection): void {
    if (connection.mutes) this.#exceptions.remove(connection.mutes.settings.topics, connection)
    this.#bySink.delete(connection.wire.sink)
    this.#held.delete(connection)
  }

  /** Sends events to every member that is not in `except`: those get them merged with events of their own. */
  deliver (outgoing: Outgoing[], except: Map<Connection, unknown>): void {
    const joined = concatFrames(outgoing)
    this.#bySink.forEach((connection, sink) => {
      if (except.size > 0 && except.has(connection)) return
      // The common case. If bytes wait, the connection checks whether its reader is too slow.
      if (sink.writableLength === 0 && sink.writable) sink.write(joined)
      else connection.deliver(outgoing, joined)
    })
    for (const connection of this.#held) if (!except.has(connection)) connection.deliver(outgoing, joined)
  }
}

/** All cohorts that have members, by name and by the audience keys that address them. */
export class Cohorts {
  readonly #byName = new Map<string, Cohort>()
  readonly #byKey = new KeyedSets<Cohort>()

  /** The cohorts that a key addresses. */
  at (key: string): Iterable<Cohort> {
    return this.#byKey.of(key)
  }

  join (connection: Connection, membership: Membership, topics: TopicFilter): Cohort {
    const { encoding } = connection.wire
    const name = cohortName(membership, topics, encoding)
    const cohort = this.#byName.get(name) ?? this.#open(new Cohort(name, membership, topics, encoding))
    cohort.add(connection)
    return cohort
  }

  leave (connection: Connection, cohort: Cohort): void {
    cohort.remove(connection)
    if (cohort.size > 0) return
    this.#byName.delete(cohort.name)
    this.#byKey.remove(cohort.keys, cohort)
  }

  #open (cohort: Cohort): Cohort {
    this.#byName.set(cohort.name, cohort)
    this.#byKey.add(cohort.keys, cohort)
    return cohort
  }
}

/** Unique per cohort: a company or role of any text is preceded by its length, so that no two names can read the same. */
export function cohortName ({ company, role }: Membership, topics: TopicFilter, encoding: Encoding): string {
  const companyPart = company === null ? '-' : `${company.length}:${company}`
  const filter = topics === null ? '*' : listTopics(topics).join(' ')
  return `${companyPart} ${role.length}:${role} ${encoding.name} ${filter}`
}
