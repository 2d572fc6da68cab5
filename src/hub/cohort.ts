import { keysOfCohort, type Membership } from '../audience.ts'
import type { Connection } from './connection.ts'
import { listTopics, type TopicFilter } from './topics.ts'

/** The sockets that get the same bytes of a broadcast: same company, role and topic filter, all compressed or none. */
export interface Cohort {
  readonly name: string
  readonly keys: string[]
  readonly topics: TopicFilter
  readonly isCompressed: boolean
  readonly members: Set<Connection>
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
    const cohort = this.#byName.get(name) ?? this.#open(name, membership, topics, connection.isCompressed)
    cohort.members.add(connection)
    return cohort
  }

  leave (connection: Connection, cohort: Cohort): void {
    cohort.members.delete(connection)
    if (cohort.members.size > 0) return
    this.#byName.delete(cohort.name)
    for (const key of cohort.keys) {
      const addressed = this.#byKey.get(key)
      addressed?.delete(cohort)
      if (addressed?.size === 0) this.#byKey.delete(key)
    }
  }

  #open (name: string, membership: Membership, topics: TopicFilter, isCompressed: boolean): Cohort {
    const cohort: Cohort = { name, keys: keysOfCohort(membership), topics, isCompressed, members: new Set() }
    this.#byName.set(name, cohort)
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
