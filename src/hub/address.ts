import type { LogEvent } from '../log/event.ts'
import type { Cohort, Cohorts } from './cohort.ts'
import { isEdit, type Connection, type EditEvent } from './connection.ts'
import type { Encoding, Frames } from './encoding.ts'
import { pushTo, type Outgoing } from './outgoing.ts'
import type { Roster } from './roster.ts'
import { passes } from './topics.ts'

/** What a flush sends: events to whole cohorts, and events to connections whose user is addressed by key. */
export interface Addressed { shared: Map<Cohort, Outgoing[]>, own: Map<Connection, Outgoing[]> }

/** Finds whom events go to, and encodes them for them. */
export function address (events: LogEvent[], frames: Frames, cohorts: Cohorts, roster: Roster): Addressed {
  const shared: Addressed['shared'] = new Map()
  const own: Addressed['own'] = new Map()
  for (const event of events) {
    const encode = (encoding: Encoding) => ({ seq: event.seq, frame: frames.of(event, encoding) })
    if (isEdit(event)) {
      for (const connection of holdersOf(event, cohorts, roster)) {
        if (passes(connection.topics, event)) pushTo(own, connection, encode(connection.wire.encoding))
      }
      continue
    }
    for (const key of event.keys) {
      for (const cohort of cohorts.at(key)) {
        if (passes(cohort.topics, event)) pushTo(shared, cohort, encode(cohort.encoding))
      }
      for (const connection of roster.of(key)) {
        if (!connection.cohort || !passes(connection.topics, event)) continue
        pushTo(own, connection, encode(connection.wire.encoding))
      }
    }
  }
  return { shared, own }
}

/** The live connections whose users have the notification that is edited. Not whole cohorts: some of their members may have joined later. */
function holdersOf (event: EditEvent, cohorts: Cohorts, roster: Roster): Set<Connection> {
  const addressed = event.keys.flatMap(key => [...roster.of(key), ...[...cohorts.at(key)].flatMap(cohort => [...cohort.members()])])
  return new Set(addressed.filter(connection => connection.cohort && connection.hasOriginal(event)))
}
