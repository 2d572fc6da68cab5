import type { Report } from '../checker.ts'
import { placeOf, titlesOf, type Accepted, type Truth } from '../checker/truth.ts'
import type { Journal } from '../journal.ts'
import type { LetterLog } from './journal.ts'

/*
 * A mail is written from the inbox of one moment. The newest that it shows says when that was at the earliest, whatever clocks say:
 *
 *     sent m1 ── sent m2 ── m1 read ── sent m3      a mail with m3 must not have m1
 */

/** Everybody with an address is mailed what is left unread, in one mail each, and nothing that was read or gone before what else is in it. */
export function checkMail (journal: Journal, truth: Truth, report: Report): void {
  const { addresses, letters } = journal.mail
  for (const letter of letters) {
    const user = addresses[letter.to]
    if (user === undefined) report('leaked', `a mail went to ${letter.to}, who was to get none`)
    else checkLetter(user, letter, journal, truth, report)
  }
  checkAttempts(journal, report)
  for (const [address, user] of Object.entries(addresses)) checkMailed(address, user, journal, truth, report)
}

function checkLetter (user: string, { items }: LetterLog, journal: Journal, { byId, open, belonging }: Truth, report: Report): void {
  const moment = Math.max(...items.map(({ id }) => byId.get(id)?.seq ?? -1))
  const isBefore = (cursor: string | undefined) => cursor !== undefined && placeOf(cursor) <= moment
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
    if (!journal.mail.topics.includes(publication.topic)) report('leaked', `${user} was mailed ${id} of ${publication.topic}, of which they want no mail`)
    else if (!belonging.mayHave(user, publication, seq, moment)) report('leaked', `${user} was mailed ${id}, meant for ${JSON.stringify(publication.audience)}`)
    if (journal.recalls.some(recall => recall.id === id && recall.outcome === 'accepted' && isBefore(recall.until))) report('diverged', `${user} was mailed ${id}, which was recalled`)
    if (journal.reads.some(read => read.user === user && read.id === id && read.status === 200 && isBefore(read.until))) report('diverged', `${user} was mailed ${id}, which they had read`)
    const newest = publication.edits.findLast(({ outcome }) => outcome.status === 'accepted' && isBefore(outcome.cursor))?.revision ?? 1
    const revision = [1, ...publication.edits.map(({ revision }) => revision)].findLast(revision => titlesOf(publication, revision).includes(title))
    if (revision === undefined) report('altered', `${user} was mailed ${id} as ${title}`)
    else if (revision < newest) report('stale', `${user} was mailed revision ${revision} of ${id}, not ${newest}`)
  }
}

/** Each attempt at a mail has its Message-ID, and no more in it than another one; no other mail has the same in it. It comes again only for a reason. */
function checkAttempts ({ mail: { letters }, mayRepeat }: Journal, report: Report): void {
  const attempts = new Map<string, LetterLog[]>()
  const mailOf = new Map<string, string>()
  for (const letter of letters) {
    const { to, messageId, items } = letter
    const all = attempts.get(messageId) ?? []
    attempts.set(messageId, [...all, letter])
    if (all.some(other => other.to !== to)) report('forked', `${messageId} went to ${to} and others`)
    const before = all.filter(other => other.to === to)
    const answered = before.filter(({ isAnswered }) => isAnswered).length
    if (answered > mayRepeat) report('doubled', `the mail server was given ${messageId} again, which it had taken ${answered} times`)
    // What vanishes meanwhile is left out; nothing is added.
    for (const other of before) {
      const [fewer, more] = [items, other.items].sort((one, another) => one.length - another.length) as [LetterLog['items'], LetterLog['items']]
      const added = fewer.find(({ id }) => more.every(item => item.id !== id))
      if (added) report('altered', `${messageId} has ${added.id} at one attempt alone`)
    }
    for (const { id } of items) {
      const name = `${id} to ${to}`
      const known = mailOf.get(name) ?? messageId
      mailOf.set(name, known)
      if (known !== messageId) report('doubled', `${name} is in ${known} and ${messageId}`)
    }
  }
}

/** Whether somebody must be mailed something: belongs to its audience all the time, and has not read it. */
function mustGet (user: string, { seq, publication }: Accepted, { reads, hidden, mail: { topics } }: Journal, { belonging, recalled }: Truth): boolean {
  const { id, topic } = publication
  return topics.includes(topic) && !recalled.has(id) && !hidden.get(user)?.has(id) && reads.every(read => read.user !== user || read.id !== id) && belonging.mustHave(user, publication, seq, Infinity)
}

function checkMailed (address: string, user: string, journal: Journal, truth: Truth, report: Report): void {
  const taken = journal.mail.letters.filter(({ to, isTaken }) => to === address && isTaken)
  const shown = new Set(taken.flatMap(({ items }) => items.map(({ id }) => id)))
  let missing = truth.accepted.filter(known => mustGet(user, known, journal, truth) && !shown.has(known.publication.id))
  // A mail shows the newest, and counts the rest.
  for (const { items, more } of new Map(taken.map(letter => [letter.messageId, letter])).values()) {
    const oldest = Math.min(...items.map(({ id }) => truth.byId.get(id)?.seq ?? Infinity))
    const counted = missing.filter(({ seq }) => seq < oldest).slice(-more || Infinity)
    missing = missing.filter(known => !counted.includes(known))
  }
  for (const { publication: { id } } of missing) report('lost', `${user} was never mailed ${id}`)
}
