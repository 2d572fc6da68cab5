import { excludedBy, excludesSome } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import type { Cohort, Cohorts } from './cohort.ts'
import { isFollowUp, type Connection } from './connection.ts'
import type { Encoding, Frames } from './encoding.ts'
import type { KeyedSets } from './keyed-sets.ts'
import type { Mutes } from './mutes/mutes.ts'
import { pushTo, Sequence, type Outgoing } from './outgoing.ts'
import type { Roster } from './roster.ts'
import { passes } from './topics.ts'

/** Where the connections are found that a key addresses: by cohort, by their user, and by their user's groups. */
export interface Addressees { cohorts: Cohorts, roster: Roster, groups: KeyedSets<Connection>, mutes: Mutes }

/** What a flush sends: events to whole cohorts, and events to connections whose user or group is addressed by key. */
export interface Addressed {
  shared: Map<Cohort, Outgoing[]>
  own: Map<Connection, Sequence>
  /** Events of their cohorts that some connections do not get; each of these is in `own`. Who does not get the same ones shares a sequence. */
  hidden: Map<Connection, Sequence>
}

const NOBODY: ReadonlySet<Connection> = new Set()

/** Finds whom events go to, and encodes them for them. */
export function address (events: LogEvent[], frames: Frames, addressees: Addressees): Addressed {
  const { cohorts, roster, groups, mutes } = addressees
  const shared: Addressed['shared'] = new Map()
  const own: Addressed['own'] = new Map()
  const hidden: Addressed['hidden'] = new Map()
  const none = new Sequence()
  for (const event of events) {
    const encode = encodings(event, frames)
    const excluded = excludesSome(event.keys) ? new Set(excludedBy(event.keys).flatMap(subject => roster.of(subject))) : NOBODY
    const pushOwn = (connection: Connection) => {
      if (!connection.cohort || excluded.has(connection) || !passes(connection.topics, event)) return
      const outgoing = encode(connection.wire.encoding)
      const sequence = own.get(connection) ?? none
      // Members of several of the event's groups get it once.
      if (sequence.last !== outgoing) own.set(connection, sequence.then(outgoing))
    }
    const hide = (connection: Connection) => {
      hidden.set(connection, (hidden.get(connection) ?? none).then(encode(connection.wire.encoding)))
      own.set(connection, own.get(connection) ?? none)
    }
    const push = (connection: Connection) => { if ((!isFollowUp(event) || connection.hasOriginal(event)) && !mutes.isMuted(connection, event)) pushOwn(connection) }
    for (const key of event.keys) {
      for (const cohort of cohorts.at(key)) {
        if (!passes(cohort.topics, event)) continue
        if (mutes.isOff(cohort.company, event)) {
          for (const connection of mutes.asked(cohort, event)) push(connection)
          continue
        }
        pushTo(shared, cohort, encode(cohort.encoding))
        for (const connection of mutes.asked(cohort, event)) if (!excluded.has(connection) && mutes.isMuted(connection, event)) hide(connection)
        // An edit or a recall is for those who have the notification: not for members that joined later.
        if (!isFollowUp(event) || event.isLate || cohort.joinedBefore < event.originSeq) continue
        for (const connection of cohort.members()) if (!excluded.has(connection) && !connection.hasOriginal(event) && !mutes.isMuted(connection, event)) hide(connection)
      }
      for (const connection of roster.of(key)) push(connection)
      groups.of(key).forEach(push)
    }
    for (const connection of excluded) {
      if (connection.cohort?.keys.some(key => event.keys.includes(key)) && passes(connection.topics, event)) hide(connection)
    }
  }
  return { shared, own, hidden }
}

/** Sends it; returns how many frames were written. */
export function deliver ({ shared, own, hidden }: Addressed): number {
  let deliveries = 0
  for (const [cohort, outgoing] of shared) {
    deliveries += outgoing.length * cohort.size
    cohort.deliver(outgoing, own)
  }
  for (const [connection, sequence] of own) {
    const ofCohort = shared.get(connection.cohort!)
    const merged = sequence.with(ofCohort, hidden.get(connection))
    if (merged.events.length > 0) connection.deliverJoined(merged)
    deliveries += merged.events.length - (ofCohort?.length ?? 0)
  }
  return deliveries
}

/** Encodes an event: connections of one encoding get the same object. */
function encodings (event: LogEvent, frames: Frames): (encoding: Encoding) => Outgoing {
  const known: { encoding: Encoding, outgoing: Outgoing }[] = []
  return encoding => {
    for (const entry of known) if (entry.encoding === encoding) return entry.outgoing
    const outgoing = { seq: event.seq, frame: frames.of(event, encoding) }
    known.push({ encoding, outgoing })
    return outgoing
  }
}
