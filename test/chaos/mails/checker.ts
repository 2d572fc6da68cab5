import type { Report } from '../checker.ts'
import { placeOf, titlesOf, type Truth } from '../checker/truth.ts'
import type { Journal } from '../journal.ts'
import { checkBounces } from './checker/bounces.ts'
import { checkDigests } from './checker/digests.ts'
import { checkMailed } from './checker/mailed.ts'
import type { AddressLog, LetterLog, MailLog } from './journal.ts'

/*
 * A mail is written from the inbox of one moment. The newest that it shows says when that was at the earliest, whatever clocks say:
 *
 *     sent m1 ── sent m2 ── m1 read ── sent m3      a mail with m3 must not have m1
 */

/** Everybody with an address is mailed what is left unread, in one mail at once or a day, and nothing that was read or gone before what else is in it; and nothing more where mail is refused. */
export function checkMail (journal: Journal, truth: Truth, report: Report): void {
  const { addresses, letters } = journal.mail
  for (const letter of letters) {
    const address = addresses.find(({ address }) => address === letter.to)
    if (address === undefined) report('leaked', `a mail went to ${letter.to}, who was to get none`)
    else checkLetter(address, letter, journal, truth, report)
  }
  checkAttempts(journal, report)
  checkBounces(journal, truth, report)
  for (const user of new Set(addresses.map(({ user }) => user))) {
    checkDigests(user, journal, truth, report)
    checkMailed(user, journal, truth, report)
  }
}

/** When the user had another one. */
function endOf ({ addresses }: MailLog, { user, address }: AddressLog): number {
  const own = addresses.filter(other => other.user === user)
  const next = own[own.findIndex(other => other.address === address) + 1]
  return next ? placeOf(next.until) : Infinity
}

function checkLetter (address: AddressLog, { items, kind, to }: LetterLog, journal: Journal, { byId, open, belonging }: Truth, report: Report): void {
  const moment = Math.max(...items.map(({ id }) => byId.get(id)?.seq ?? -1))
  const isBefore = (cursor: string | undefined) => cursor !== undefined && placeOf(cursor) <= moment
  const { user } = address
  const { topics } = journal.mail
  if (moment > endOf(journal.mail, address)) report('leaked', `${user} was mailed ${items[0]!.id} to ${to}, which was no longer theirs`)
  let last = Infinity
  for (const { id, title } of items) {
    const known = byId.get(id)
    if (!known) {
      if (!open.has(id)) report('phantom', `${user} was mailed ${id}, which nobody was told is published`)
      continue
    }
    const { seq, publication } = known
    if (seq >= last) report('misordered', `${id} is out of place in a mail to ${user}`)
    last = seq
    const wanted = topics[publication.topic]
    if (wanted === undefined) report('leaked', `${user} was mailed ${id} of ${publication.topic}, of which they want no mail`)
    // A digest has everything that is unread: also what would be mailed at once a little later.
    else if (kind === 'now' && wanted === 'digest') report('untimely', `${user} was mailed ${id} at once, and not in a digest`)
    else if (!belonging.mayHave(user, publication, seq, moment)) report('leaked', `${user} was mailed ${id}, meant for ${JSON.stringify(publication.audience)}`)
    if (journal.recalls.some(recall => recall.id === id && recall.outcome === 'accepted' && isBefore(recall.until))) report('diverged', `${user} was mailed ${id}, which was recalled`)
    if (journal.reads.some(read => read.user === user && read.id === id && read.status === 200 && isBefore(read.until))) report('diverged', `${user} was mailed ${id}, which they had read`)
    const newest = publication.edits.findLast(({ outcome }) => outcome.status === 'accepted' && isBefore(outcome.cursor))?.revision ?? 1
    const revision = [1, ...publication.edits.map(({ revision }) => revision)].findLast(revision => titlesOf(publication, revision).includes(title))
    if (revision === undefined) report('altered', `${user} was mailed ${id} as ${title}`)
    else if (revision < newest) report('stale', `${user} was mailed revision ${revision} of ${id}, not ${newest}`)
  }
}

/** How long it takes at the most from when a mail is written to when it comes, milliseconds. */
const COMING_MS = 5_000

/** Whether a user lifted between two attempts at a mail what kept something out of the first of them. */
function wasLifted (user: string, id: string, [first, second]: [LetterLog, LetterLog], { mutes, publications }: Journal): boolean {
  const topic = publications.get(id)?.topic
  const own = mutes.filter(mute => mute.user === user && mute.topic === topic && mute.status === 200)
  return own.some(({ inbox, askedAt, doneAt }, place) => inbox === 'on' && askedAt <= second.at && doneAt >= first.at - COMING_MS && own.slice(0, place).some(before => before.inbox === 'off' && before.askedAt <= first.at))
}

/** Whether a mail was refused for good at another address. */
function hasReturned (messageId: string, to: string, { mail: { letters } }: Journal): boolean {
  const attempts = letters.filter(letter => letter.messageId === messageId)
  return attempts.every(({ isTaken }) => !isTaken) && attempts.at(-1)!.isBounced && attempts.at(-1)!.to !== to
}

/** Each attempt at a mail has its Message-ID, and no more in it than another one; no other mail has the same in it, unless that was refused for good at a former address. It comes again only for a reason. */
function checkAttempts (journal: Journal, report: Report): void {
  const { mail: { letters, addresses }, mayRepeat } = journal
  const attempts = new Map<string, LetterLog[]>()
  const mailOf = new Map<string, string>()
  const users = new Map(addresses.map(({ address, user }) => [address, user]))
  const userOf = (to: string) => users.get(to) ?? to
  for (const letter of letters) {
    const { to, messageId, items } = letter
    const all = attempts.get(messageId) ?? []
    attempts.set(messageId, [...all, letter])
    // At another attempt, a user may have another address.
    const isSame = (other: LetterLog) => userOf(other.to) === userOf(to)
    if (!all.every(isSame)) report('forked', `${messageId} went to ${to} and others`)
    const before = all.filter(isSame)
    const answered = before.filter(({ isAnswered }) => isAnswered).length
    if (answered > mayRepeat) report('doubled', `the mail server was given ${messageId} again, which it had taken ${answered} times`)
    // What vanishes meanwhile is left out; nothing is added but what was only counted before, or muted.
    for (const other of before) {
      const isKnown = ({ id }: { id: string }) => other.items.some(item => item.id === id) || wasLifted(userOf(to), id, [other, letter], journal)
      const last = items.findLastIndex(isKnown)
      const added = items.find((item, place) => !isKnown(item) && (last < 0 || place < last || place - last > other.more))
      if (added) report('altered', `${messageId} has ${added.id} at one attempt alone`)
    }
    for (const { id } of items) {
      const name = `${id} to ${userOf(to)}`
      const known = mailOf.get(name) ?? messageId
      mailOf.set(name, hasReturned(known, to, journal) ? messageId : known)
      if (known !== messageId && !hasReturned(known, to, journal)) report('doubled', `${name} is in ${known} and ${messageId}`)
    }
  }
}
