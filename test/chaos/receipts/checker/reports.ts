import type { Report } from '../../checker.ts'
import type { Journal, SubscriberLog } from '../../journal.ts'
import { placeOf, type Accepted, type Truth } from '../../checker/truth.ts'
import { COUNTED, type RecipientLog, type ReportLog } from '../journal.ts'
import { Mutes } from './mutes.ts'

/** What is said of a user and a notification: surely so, and perhaps so. */
interface Bounds { must: boolean, may: boolean }

/** Whatever a report says of somebody is so, and whatever is so it says. */
export function checkReports (journal: Journal, truth: Truth, report: Report): void {
  const mutes = new Mutes(journal.mutes)
  for (const { connections, name } of journal.subscribers) {
    for (const { acks = new Map() } of connections) {
      for (const [, { cursor, isTaken }] of acks) if (isTaken === false) report('refused', `${name} could not say that it has ${cursor}`)
    }
  }
  for (const log of journal.reports) {
    const known = truth.byId.get(log.id)
    if (!known) continue
    for (const { id: user } of journal.members) checkUser(user, log, known, { journal, truth, mutes }, report)
    checkTotals(log, report)
  }
}

/** The list was read before the counts were: more may have been delivered meanwhile. */
function checkTotals ({ id, users, counts }: ReportLog, report: Report): void {
  for (const name of COUNTED) {
    const listed = users.filter(user => name === 'recipients' || isIn(user, name)).length
    const most = name === 'delivered' ? counts.recipients - counts.muted : listed
    if (counts[name] < listed || counts[name] > most) report('misreported', `${counts[name]} ${name} of ${id}, listed are ${listed}`)
  }
}

function isIn (user: RecipientLog, name: 'delivered' | 'acknowledged' | 'muted' | 'late'): boolean {
  return name === 'acknowledged' ? user.acknowledged_at !== null : user[name]
}

interface Known { journal: Journal, truth: Truth, mutes: Mutes }

function checkUser (user: string, { id, at, users }: ReportLog, { seq, publication }: Accepted, { journal, truth, mutes }: Known, report: Report): void {
  const row = users.find(({ user_id: id }) => id === user)
  // As of its own place: who left is a recipient, who came later is none.
  const placed = { audience: publication.audience }
  const { belonging } = truth
  const is = (name: string, { must, may }: Bounds, said: boolean) => {
    if (must && !said) report('misreported', `the report of ${id} does not say that ${user} is among the ${name}`)
    if (said && !may) report('misreported', `the report of ${id} says that ${user} is among the ${name}`)
  }
  is('recipients', { must: belonging.mustHave(user, placed, seq, seq), may: belonging.mayHaveHad(user, placed, seq) }, row !== undefined)
  if (!row) return
  is('muted', { must: mutes.mustBe(user, publication.topic, seq), may: mutes.mayBe(user, publication.topic, seq) }, row.muted)
  const { must, may } = deliveryOf(user, { id, seq, at }, journal)
  const tries = journal.acknowledgements.filter(acknowledgement => acknowledgement.user === user && acknowledgement.id === id)
  const done = tries.find(({ status }) => status === 200)
  // What is recalled while a replay runs is not said to have been in it.
  is('delivered', { must: (must && !truth.recalled.has(id)) || (done !== undefined && !row.muted), may: may || tries.length > 0 }, row.delivered)
  is('acknowledged', { must: done !== undefined, may: tries.length > 0 }, row.acknowledged_at !== null)
  if (done) is('late', { must: done.late!, may: done.late! }, row.late)
}

/** A notification, and when a report on it was asked for. */
interface Said { id: string, seq: number, at: number }

/** Delivered is what a device got and said that it has; and what was read or seen, which only some users do. */
function deliveryOf (user: string, { id, seq, at }: Said, { subscribers, hidden, members, reads }: Journal): Bounds {
  const devices = subscribers.filter(subscriber => subscriber.user === user)
  const isMoved = members.find(member => member.id === user)!.moves
  return { must: !isMoved && devices.some(device => hasSaid(device, { id, seq, at })), may: hidden.has(user) || reads.some(read => read.user === user && read.id === id) || devices.some(device => maySay(device, id, seq)) }
}

const gotOf = ({ connections }: SubscriberLog, id: string) => connections.filter(({ frames }) => frames.some(frame => frame.type === 'notification' && frame.id === id))

/** Whether one of its connections got it, and an ack of that connection that lies behind it was taken. */
function hasSaid (device: SubscriberLog, { id, seq, at }: Said): boolean {
  return gotOf(device, id).some(({ acks }) => [...acks?.values() ?? []].some(({ cursor, isTaken, at: takenAt = Infinity }) => isTaken === true && takenAt < at && placeOf(cursor) >= seq))
}

/** Whether it got it and tried to say so, on whichever connection. */
function maySay (device: SubscriberLog, id: string, seq: number): boolean {
  return gotOf(device, id).length > 0 && device.connections.some(({ acks }) => [...acks?.values() ?? []].some(({ cursor }) => placeOf(cursor) >= seq))
}
