import type { Report } from '../../checker.ts'
import type { Journal, Publication, SubscriberLog } from '../../journal.ts'
import type { Demand } from '../journal.ts'
import { placeOf, type Truth } from '../../checker/truth.ts'
import { Mutes } from './mutes.ts'

/** Between two reminders: an hour, of the server of these runs. Milliseconds. */
const REMIND_MS = 1_000

/** What was told of publications that nobody acknowledged in time, as publications of their own: where they are is known by the inbox of who was told. */
export function escalationsOf ({ publications, inboxes }: Journal): Publication[] {
  return [...publications.values()].flatMap(({ id, demand, title, topic }) => {
    if (!demand) return []
    const { by: sendAt, escalateTo } = demand
    const item = inboxes.filter(({ user }) => user === escalateTo).flatMap(({ items }) => items).find(item => item.id === `${id}.escalation`)
    return item ? [{ id: item.id, audience: { users: [escalateTo] }, title: `Not acknowledged: ${title}`, topic, sendAt, outcomes: [{ status: 'accepted' as const, cursor: item.cursor }], changes: [], edits: [] }] : []
  })
}

/** Whether its first reminder falls due before its end. */
export function mustBeReminded ({ answeredAt = Infinity, by }: Demand): boolean {
  return answeredAt + REMIND_MS < by
}

/** Who may owe, and must, at the end of the time that a publication was to be acknowledged in. */
function debtorsOf ({ id, audience: { users = [] }, topic }: Publication, seq: number, { acknowledgements }: Journal, mutes: Mutes) {
  const tries = acknowledgements.filter(acknowledgement => acknowledgement.id === id)
  const isDone = (user: string) => tries.some(({ user: by, status, late }) => by === user && status === 200 && !late)
  // Who was late may have been in time for the count, which a node makes when it can.
  const isTried = (user: string) => tries.some(({ user: by }) => by === user)
  const perhaps = users.filter(user => !mutes.mustBe(user, topic, seq))
  const surely = users.filter(user => !mutes.mayBe(user, topic, seq))
  return { perhaps, surely, mayOwe: perhaps.filter(user => !isDone(user)), mustOwe: surely.filter(user => !isTried(user)) }
}

/** Whoever must acknowledge something and does not is reminded, each time once, and in the end it is told, once, whatever became of the node that was about to. */
export function checkDemands (journal: Journal, truth: Truth, report: Report): void {
  const mutes = new Mutes(journal.mutes)
  const items = journal.inboxes.flatMap(({ items }) => items)
  for (const { seq, publication } of truth.accepted) {
    const { id, demand, topic } = publication
    if (!demand) continue
    const { perhaps, surely, mayOwe, mustOwe } = debtorsOf(publication, seq, journal, mutes)
    const told = items.find(item => item.id === `${id}.escalation`)
    if (!told && mustOwe.length > 0) report('untimely', `${demand.escalateTo} was never told that ${mustOwe.join()} did not acknowledge ${id}`)
    if (told && mayOwe.length === 0) report('untimely', `${demand.escalateTo} was told of ${id}, which all had acknowledged`)
    const { outstanding = NaN, recipients = NaN } = told?.args ?? {}
    if (told && !(outstanding >= mustOwe.length && outstanding <= mayOwe.length && recipients >= surely.length && recipients <= perhaps.length)) {
      report('miscounted', `${told.id} says ${outstanding} of ${recipients}, not ${mustOwe.length} to ${mayOwe.length} of ${surely.length} to ${perhaps.length}`)
    }
    // After it was due there are none.
    const isReminded = demand.isReminded && mustBeReminded(demand)
    const mayHear = demand.isReminded ? publication.audience.users!.filter(user => !mutes.mustBe(user, topic, seq)) : []
    for (const subscriber of journal.subscribers) checkReminders(subscriber, { id, seq, mayHear, mustHear: isReminded && mustOwe.includes(subscriber.user) }, journal, report)
    for (const user of mayHear) checkPlaces(user, id, journal, report)
  }
  for (const { user, id, status } of journal.acknowledgements) {
    const known = truth.byId.get(id)!
    if (status !== 200 && !mutes.mayBe(user, known.publication.topic, known.seq)) report('refused', `${user} could not acknowledge ${id}: ${status}`)
  }
  for (const mute of journal.mutes) if (mute.status !== 200) report('refused', `a choice: ${JSON.stringify(mute)}`)
}

const remindersOf = ({ connections }: SubscriberLog, id: string) => connections.flatMap(({ frames }) => frames.filter(frame => frame.type === 'notification.reminder' && frame.id === id))

interface Reminding { id: string, seq: number, mayHear: string[], mustHear: boolean }

/** What one subscriber was reminded of. */
function checkReminders (subscriber: SubscriberLog, { id, seq, mayHear, mustHear }: Reminding, { end }: Journal, report: Report): void {
  const { name, user, connections, hasLeft, client } = subscriber
  const told = remindersOf(subscriber, id)
  if (told.length > 0 && !mayHear.includes(user)) report('leaked', `${name} was reminded of ${id}`)
  // From before it was sent to the end: a tab hears what it must as another one tells it.
  const [first] = connections
  const begin = first?.since ?? first?.frames.find(({ cursor }) => cursor !== undefined)?.cursor
  const hasAll = client !== 'tab' && !hasLeft && end !== undefined && begin !== undefined && placeOf(begin) < seq
  if (mustHear && hasAll && !told.some(({ number }) => number === 1)) report('lost', `${name} was never reminded of ${id}`)
}

/** Each reminder of somebody is one event, and there is at most one more after it was acknowledged. */
function checkPlaces (user: string, id: string, { subscribers, acknowledgements }: Journal, report: Report): void {
  const places = new Map<number, number>()
  for (const { number = 0, cursor } of subscribers.filter(subscriber => subscriber.user === user).flatMap(subscriber => remindersOf(subscriber, id))) {
    const place = placeOf(cursor!)
    const known = places.get(number)
    if (known !== undefined && known !== place) report('doubled', `${user} was reminded of ${id} for the ${number}. time at ${known.toString(36)} and ${place.toString(36)}`)
    places.set(number, place)
  }
  const done = acknowledgements.find(acknowledgement => acknowledgement.user === user && acknowledgement.id === id && acknowledgement.cursor !== undefined)
  const after = done ? [...places.values()].filter(place => place > placeOf(done.cursor!)) : []
  if (after.length > 1) report('untimely', `${user} was reminded ${after.length} times of ${id} after acknowledging it`)
}
