import type { FrameLog, Journal, SubscriberLog } from '../journal.ts'
import type { Mutations } from '../checker/mutations.ts'
import { after, cursorOf, inboxOf, placeOf, subscriber } from '../checker/places.ts'
import { mustBeReminded } from './checker/demands.ts'
import type { RecipientLog, ReportLog } from './journal.ts'

/** What nobody acknowledged, was reminded of, and told of in the end. */
function owed ({ publications, acknowledgements, inboxes }: Journal) {
  return [...publications.values()].find(({ id, demand, topic }) => {
    return demand?.isReminded && mustBeReminded(demand) && topic === 'bills' && acknowledgements.every(acknowledgement => acknowledgement.id !== id) && inboxes.some(({ items }) => items.some(item => item.id === `${id}.escalation`))
  })
}

/** Where a user who must acknowledge something heard of its first reminder. */
function reminded (journal: Journal): { log: SubscriberLog, frames: FrameLog[], at: number } | undefined {
  const { id, audience } = owed(journal) ?? {}
  for (const user of audience?.users ?? []) {
    const log = subscriber(journal, user)
    for (const { frames } of log.connections) {
      const at = frames.findIndex(frame => frame.type === 'notification.reminder' && frame.id === id && frame.number === 1)
      if (at >= 0) return { log, frames, at }
    }
  }
  return undefined
}

/** Something more comes to a subscriber, after all that there was. */
function append ({ connections }: Pick<SubscriberLog, 'connections'>, frame: FrameLog): void {
  const { frames } = connections.findLast(({ frames }) => frames.some(({ cursor }) => cursor !== undefined))!
  const last = frames.findLast(({ cursor }) => cursor !== undefined)!
  frames.push({ ...frame, cursor: after(placeOf(last.cursor!), 1) })
}

/** Nothing was ever recalled or replaced of it. */
const isSteady = ({ publications, recalls }: Journal, id: string) => publications.get(id)!.replaceKey === undefined && recalls.every(recall => recall.id !== id)

/** A row of a report, of somebody who is never moved and never marks anything. */
function rowOf (journal: Journal, is: (row: RecipientLog, report: ReportLog) => boolean): RecipientLog | undefined {
  const steady = journal.members.filter(({ id, moves }) => !moves && !journal.hidden.has(id)).map(({ id }) => id)
  return journal.reports.flatMap(report => report.users.filter(row => steady.includes(row.user_id) && is(row, report)))[0]
}

/** Somebody who has no device that could say so. */
const undelivered = (journal: Journal) => rowOf(journal, row => row.user_id === 'root' && !row.delivered && !row.muted)
/** Somebody whose device surely said that it has something. */
const delivered = (journal: Journal) => rowOf(journal, (row, { id, at }) => row.delivered && isSteady(journal, id) && journal.subscribers.some(({ user, connections }) => {
  return user === row.user_id && connections.some(({ frames, acks = new Map() }) => {
    const frame = frames.find(frame => frame.type === 'notification' && frame.id === id)
    return frame && [...acks.values()].some(({ cursor, isTaken, at: takenAt = Infinity }) => isTaken && takenAt < at && placeOf(cursor).seq >= placeOf(frame.cursor!).seq)
  })
}))
const muted = (journal: Journal) => rowOf(journal, row => row.muted)
const acknowledged = (journal: Journal) => rowOf(journal, row => row.acknowledged_at !== null)
const acked = ({ subscribers }: Journal) => subscribers.flatMap(({ connections }) => connections.flatMap(({ acks }) => [...acks?.values() ?? []])).find(({ isTaken }) => isTaken)

/** What reports say of the only one without a device: how somebody finds out what a recorded run lacks. */
const rootIn = ({ reports }: Journal) => JSON.stringify(reports.flatMap(({ id, users }) => users.filter(row => row.user_id === 'root').map(({ delivered, muted }) => ({ id, delivered, muted }))))

export function hasReceipts (journal: Journal): boolean {
  const missing = [owed, reminded, undelivered, delivered, muted, acknowledged, acked].find(find => find(journal) === undefined)
  if (missing) throw new Error(`the recorded run has not what ${missing.name} looks for; ${journal.reports.length} reports say of root: ${rootIn(journal)}`)
  return true
}

/** Takes out of all that a user got what was told of something in the end. */
function untell (journal: Journal): void {
  const { id, demand } = owed(journal)!
  const told = `${id}.escalation`
  const inbox = inboxOf(journal, demand!.escalateTo)
  const item = inbox.items.find(item => item.id === told)!
  inbox.items = inbox.items.filter(other => other !== item)
  if (!item.read) inbox.unread -= 1
  const gone = ({ connections }: SubscriberLog) => { for (const connection of connections) connection.frames = connection.frames.map(frame => frame.id === told ? { type: 'notification.read', at: frame.at, ids: [], cursor: frame.cursor! } : frame) }
  journal.subscribers.filter(({ user }) => user === demand!.escalateTo).forEach(gone)
}

/** What may go wrong when readers mute and acknowledge, and are reported on. */
export const receiptMutations: Mutations = {
  'what somebody muted is sent': {
    names: ['leaked'],
    mutate: journal => {
      const [after, until] = [0, 1].map(seq => journal.end!.replace(/\..*/, `.${seq}`)) as [string, string]
      journal.mutes.push({ user: 'erin', topic: 'news', inbox: 'off', after, until, status: 200, askedAt: 0, doneAt: 0 })
      journal.reports = []
    }
  },
  'what nobody muted is not sent': {
    names: ['lost'],
    mutate: journal => {
      journal.mutes = []
      journal.reports = []
    }
  },
  'a report says that somebody muted it who did not': { names: ['misreported'], mutate: journal => { undelivered(journal)!.muted = true } },
  'a report does not say that somebody muted it': { names: ['misreported'], mutate: journal => { muted(journal)!.muted = false } },
  'a choice fails': { names: ['refused'], mutate: journal => { journal.mutes[0]!.status = 409 } },
  'delivered is said of what no device said that it has': { names: ['misreported'], mutate: journal => { undelivered(journal)!.delivered = true } },
  'what a device said that it has is forgotten': { names: ['misreported'], mutate: journal => { delivered(journal)!.delivered = false } },
  'a device may not say what it has': { names: ['refused'], mutate: journal => { acked(journal)!.isTaken = false } },
  'somebody is reported on to whom it was not sent': {
    names: ['misreported'],
    mutate: journal => {
      const { id } = owed(journal)!
      const report = journal.reports.find(report => report.id === id)!
      report.users.push({ ...report.users[0]!, user_id: 'root' })
      report.counts.recipients += 1
    }
  },
  'a recipient is not reported on': {
    names: ['misreported'],
    mutate: journal => {
      const report = journal.reports.find(({ users }) => users.some(row => row === undelivered(journal)))!
      report.users = report.users.filter(row => row !== undelivered(journal))
    }
  },
  'a report counts more than it lists': { names: ['misreported'], mutate: journal => { journal.reports[0]!.counts.acknowledged += 1 } },
  'an acknowledgement is forgotten': {
    names: ['misreported'],
    mutate: journal => {
      const row = acknowledged(journal)!
      const report = journal.reports.find(({ users }) => users.includes(row))!
      Object.assign(row, { acknowledged_at: null, late: false })
      report.counts.acknowledged -= 1
      report.counts.late = report.users.filter(({ late }) => late).length
    }
  },
  'a reminder is told twice': {
    names: ['doubled'],
    mutate: journal => {
      const { log, frames, at } = reminded(journal)!
      append(log, frames[at]!)
    }
  },
  'a reminder is not told': {
    names: ['lost'],
    mutate: journal => {
      const { frames, at } = reminded(journal)!
      frames[at] = { type: 'notification.read', at: frames[at]!.at, ids: [], cursor: frames[at]!.cursor }
    }
  },
  'somebody is reminded of what was not sent to them': {
    names: ['leaked'],
    mutate: journal => {
      const { frames, at } = reminded(journal)!
      append(subscriber(journal, 'root'), frames[at]!)
    }
  },
  'nobody is told that something was not acknowledged': { names: ['untimely'], mutate: untell },
  'it is told twice that something was not acknowledged': {
    names: ['doubled', 'forked'],
    mutate: journal => {
      const { id } = owed(journal)!
      // By the same connection: on another one it may come again.
      const [told] = subscriber(journal, 'root').connections.filter(({ frames }) => frames.some(frame => frame.id === `${id}.escalation`))
      append({ connections: [told!] }, told!.frames.find(frame => frame.id === `${id}.escalation`)!)
    }
  },
  'it is told too early': { names: ['untimely'], mutate: journal => { owed(journal)!.demand!.by += 60_000 } },
  'it is told of what all have acknowledged': {
    names: ['miscounted', 'misreported', 'untimely'],
    mutate: journal => {
      const publication = owed(journal)!
      // They were reminded once they had, too.
      for (const user of publication.audience.users!) journal.acknowledgements.push({ user, id: publication.id, status: 200, late: false, cursor: cursorOf(publication) })
    }
  }
}
