import type { Report } from '../checker.ts'
import { placeOf, type Truth } from '../checker/truth.ts'
import type { Journal, Publication } from '../journal.ts'
import type { CallLog, HookLog } from './journal.ts'

/** Each event of its company reaches a webhook at least once, always under the same id and as the same text, and in order if that was asked for. */
export function checkHooks (journal: Journal, truth: Truth, report: Report): void {
  for (const hook of journal.hooks) {
    for (const call of hook.calls) checkCall(hook, call, journal, truth, report)
    checkIds(hook, journal, report)
    if (hook.isOrdered) checkOrder(hook, journal, truth, report)
    checkTaken(hook, journal, truth, report)
  }
}

const nameOf = ({ company, isOrdered }: HookLog) => `the ${isOrdered ? 'ordered' : 'unordered'} webhook of ${company ?? 'everybody'}`

/** A platform admin's notification is a company's if it was sent to it alone. */
const isOf = ({ company }: HookLog, { audience: { companies } }: Publication) => company === null || (companies?.length === 1 && companies[0] === company)

/** What a webhook is told must be so, and its company's; and never is a text told. */
function checkCall (hook: HookLog, { isSigned, text, type, cursor, notification: id, user }: CallLog, journal: Journal, truth: Truth, report: Report): void {
  const what = `${type} of ${id} (${cursor})`
  if (!isSigned) report('altered', `${nameOf(hook)} was called for ${what} without a signature of its secret`)
  const known = truth.byId.get(id)
  if (!known) {
    if (!truth.open.has(id)) report('phantom', `${nameOf(hook)} was called for ${what}, which nobody was told is published`)
    return
  }
  const { publication, seq } = known
  if (text.includes(publication.title)) report('leaked', `${nameOf(hook)} was told the text of ${id}`)
  switch (type) {
    case 'notification.sent':
      if (placeOf(cursor) !== seq) report('forked', `${nameOf(hook)} was called for ${what}, acknowledged at ${seq.toString(36)}`)
      break
    case 'notification.updated':
      if (!publication.edits.some(({ outcome }) => outcome.status !== 'accepted' || outcome.cursor === undefined || outcome.cursor === cursor)) report('phantom', `${nameOf(hook)} was called for ${what}, which nobody asked for`)
      break
    case 'notification.acknowledged':
      if (!journal.acknowledgements.some(acknowledgement => acknowledgement.user === user && acknowledgement.id === id)) report('phantom', `${nameOf(hook)} was called for ${what} by ${user}, who never tried`)
      if (!mayBeOf(hook, user, journal)) report('leaked', `${nameOf(hook)} was called for ${what} by ${user}`)
      return
    default: report('phantom', `${nameOf(hook)} was called for ${what}, which it never asked for`)
  }
  if (!isOf(hook, publication)) report('leaked', `${nameOf(hook)} was called for ${what}, meant for ${JSON.stringify(publication.audience)}`)
}

function mayBeOf ({ company }: HookLog, user: string | undefined, { members }: Journal): boolean {
  const member = members.find(({ id }) => id === user)
  return company === null || member?.moves === true || member?.company === company
}

/** An event has one id and one text, however often it comes; and it comes again only for a reason. */
function checkIds (hook: HookLog, { mayRepeat }: Journal, report: Report): void {
  const first = new Map<string, CallLog>()
  const taken = new Map<string, number>()
  for (const call of hook.calls) {
    const known = first.get(call.cursor) ?? call
    first.set(call.cursor, known)
    const [epoch] = call.cursor.split('.')
    if (call.id !== known.id || call.id !== `${hook.id}_${epoch}_${placeOf(call.cursor)}`) report('forked', `${nameOf(hook)} was called for ${call.cursor} as ${call.id} and ${known.id}`)
    if (call.text !== known.text) report('altered', `${nameOf(hook)} was called for ${call.cursor} with ${call.text} and ${known.text}`)
    const before = taken.get(call.cursor) ?? 0
    if (before > mayRepeat) report('doubled', `${nameOf(hook)} was called for ${call.cursor}, which it had taken ${before} times`)
    if (call.isTaken) taken.set(call.cursor, before + 1)
  }
}

/** Places of all that a webhook must take, in order. */
function placesOf (hook: HookLog, { accepted }: Truth): number[] {
  const until = hook.until === undefined ? Infinity : placeOf(hook.until)
  const places = accepted.filter(({ publication }) => isOf(hook, publication)).flatMap(({ seq, publication: { edits } }) => [
    seq, ...edits.flatMap(({ outcome }) => outcome.status === 'accepted' && outcome.cursor !== undefined ? [placeOf(outcome.cursor)] : [])
  ])
  return places.filter(seq => seq <= until).sort((a, b) => a - b)
}

/** Nothing is called for before all that lies before it is taken. */
function checkOrder (hook: HookLog, journal: Journal, truth: Truth, report: Report): void {
  const places = placesOf(hook, truth)
  const taken = new Set<number>()
  let next = 0
  for (const { cursor, isTaken } of hook.calls) {
    const seq = placeOf(cursor)
    while (taken.has(places[next] ?? NaN)) next += 1
    if (places[next]! < seq) report('misordered', `${nameOf(hook)} was called for ${cursor} before it had taken ${places[next]!.toString(36)}`)
    if (isTaken) taken.add(seq)
  }
}

function checkTaken (hook: HookLog, journal: Journal, truth: Truth, report: Report): void {
  const taken = hook.calls.filter(({ isTaken }) => isTaken)
  const places = new Set(taken.map(({ cursor }) => placeOf(cursor)))
  if (hook.until === undefined) report('lost', `${nameOf(hook)} never got to its end`)
  for (const seq of placesOf(hook, truth)) if (!places.has(seq)) report('lost', `${nameOf(hook)} did not take ${seq.toString(36)}`)
  for (const { user, id, status } of journal.acknowledgements) {
    const member = journal.members.find(member => member.id === user)!
    if (status !== 200 || member.moves || (hook.company !== null && member.company !== hook.company)) continue
    if (!taken.some(call => call.type === 'notification.acknowledged' && call.user === user && call.notification === id)) report('lost', `${nameOf(hook)} did not take that ${user} acknowledged ${id}`)
  }
}
