import type { Report } from '../checker.ts'
import { dueAt, placeOf, titlesOf, type Accepted, type Truth } from '../checker/truth.ts'
import type { Journal, Publication } from '../journal.ts'
import { mustBeReminded } from '../receipts/checker/demands.ts'
import { PUSH_AFTER_MS } from '../quick/quick.ts'
import type { PushedLog, PushLog } from './journal.ts'

/** By how much the clocks of nodes and of the store may differ, milliseconds. */
const CLOCKS_MS = 250
/** How often it is reminded of what must be acknowledged. */
const REMINDERS = 2

/** Whoever is reached by push alone is pushed each notification at least once, but nothing before its time, nothing that was read or gone by then, and nothing of others. */
export function checkPushes (journal: Journal, truth: Truth, report: Report): void {
  for (const fault of journal.pushFaults) report('altered', `the push service was given something that is not as it must be: ${fault}`)
  for (const log of journal.pushes) {
    for (const pushed of log.pushes) checkPushed(log, pushed, journal, truth, report)
    checkTimes(log, journal, truth, report)
    checkTaken(log, journal, truth, report)
  }
  checkTopics(journal, report)
}

/** When it is due, at the earliest. */
const dueOf = (publication: Publication) => Math.max(publication.askedAt ?? 0, dueAt(publication)) + PUSH_AFTER_MS

function checkPushed ({ user }: PushLog, { id, title, at }: PushedLog, journal: Journal, truth: Truth, report: Report): void {
  const known = truth.byId.get(id)
  if (!known) {
    if (!truth.open.has(id)) report('phantom', `${user} was pushed ${id}, which nobody was told is published`)
    return
  }
  const { publication, seq } = known
  const revisions = [1, ...publication.edits.map(({ revision }) => revision)]
  if (!revisions.some(revision => titlesOf(publication, revision).includes(title))) report('altered', `${user} was pushed ${id} as ${title}`)
  const due = dueOf(publication)
  if (!truth.belonging.mayHaveHad(user, publication, seq)) report('leaked', `${user} was pushed ${id}, meant for ${JSON.stringify(publication.audience)}`)
  // Whoever comes back is not who it was sent to.
  else if (!truth.belonging.mayBelongSince(user, publication, seq, due - CLOCKS_MS, at)) report('leaked', `${user} was pushed ${id} after leaving its audience`)
  if (at < due - CLOCKS_MS) report('untimely', `${user} was pushed ${id} ${due - at} ms before it was due`)
  const isDone = (doneAt: number | undefined) => doneAt !== undefined && doneAt + CLOCKS_MS < due
  const wasRead = journal.reads.some(read => read.user === user && read.id === id && read.status === 200 && isDone(read.at) && !truth.belonging.mayComeAnew(user, publication, read.at, at))
  const wasAcknowledged = journal.acknowledgements.some(done => done.user === user && done.id === id && done.status === 200 && isDone(done.at))
  const wasRecalled = journal.recalls.some(recall => recall.id === id && recall.outcome === 'accepted' && isDone(recall.at))
  // Whoever reads what must be acknowledged is reminded all the same.
  if ((wasRead && !publication.demand) || wasAcknowledged || wasRecalled) report('untimely', `${user} was pushed ${id}, which was ${wasRead ? 'read' : wasRecalled ? 'recalled' : 'acknowledged'} before it was due`)
}

/** When each push of a notification came, and whether it was taken: how somebody finds out what happened. */
function story (pushes: PushedLog[], id: string): string {
  const of = pushes.filter(push => push.id === id)
  return of.map(({ at, isTaken, title }) => `after ${at - of[0]!.at} ms ${isTaken ? 'taken' : 'not taken'} (${title})`).join(', ')
}

/** It is pushed again only for a reason. */
function checkTimes ({ user, pushes }: PushLog, { mayRepeat }: Journal, { byId }: Truth, report: Report): void {
  const taken = new Map<string, number>()
  for (const { id, isTaken } of pushes) {
    const before = taken.get(id) ?? 0
    const may = mayRepeat + (byId.get(id)?.publication.demand?.isReminded ? REMINDERS * (1 + mayRepeat) : 0)
    if (before > may) report('doubled', `${user} was pushed ${id}, which the push service had taken ${before} times: ${story(pushes, id)}`)
    if (isTaken) taken.set(id, before + 1)
  }
}

/** Whether somebody must be pushed something: belongs to its audience all the time, and has done nothing with it. */
function mustGet (user: string, { seq, publication }: Accepted, { reads, acknowledgements }: Journal, { belonging, recalled }: Truth): boolean {
  const hasDone = [...reads, ...acknowledgements].some(done => done.user === user && done.id === publication.id)
  return !hasDone && !recalled.has(publication.id) && belonging.mustHave(user, publication, seq, Infinity)
}

function checkTaken ({ user, pushes, until }: PushLog, journal: Journal, truth: Truth, report: Report): void {
  if (until === undefined) return report('lost', `the browser of ${user} never got to its end`)
  const times = new Map<string, number>()
  for (const { id } of pushes.filter(({ isTaken }) => isTaken)) times.set(id, (times.get(id) ?? 0) + 1)
  for (const known of truth.accepted) {
    const { seq, publication: { id, demand } } = known
    if (seq > placeOf(until) || !mustGet(user, known, journal, truth)) continue
    const count = times.get(id) ?? 0
    if (count === 0) report('lost', `${user} was never pushed ${id}`)
    else if (demand?.isReminded && mustBeReminded(demand) && count < 2) report('lost', `${user} was never pushed a reminder of ${id}`)
  }
}

/** By its topic a push takes the place of the one before of the same notification. */
function checkTopics ({ pushes }: Journal, report: Report): void {
  const topics = new Map<string, string>()
  for (const { id, topic } of pushes.flatMap(({ pushes }) => pushes)) {
    const known = topics.get(id) ?? topic
    topics.set(id, known)
    if (topic !== known) report('forked', `${id} was pushed under the topics ${known} and ${topic}`)
  }
}
