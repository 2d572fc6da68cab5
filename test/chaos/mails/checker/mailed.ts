import type { MailKind } from '../../../../src/store/contract/mail.ts'
import type { Report } from '../../checker.ts'
import { placeOf, type Accepted, type Truth } from '../../checker/truth.ts'
import type { Journal } from '../../journal.ts'
import type { LetterLog } from '../journal.ts'

/** What was dealt with together, in a mail that was taken. */
interface Dealt { kind: MailKind, ids: string[], /** How many older ones it counts. */ more: number }
/** Between two places in the log something was kept from mails that would have been in them otherwise. */
interface Interruption { from: number, to: number }

/** A user's mails of a kind, in their order: the first attempt at each, with all that any attempt at it shows. */
export function mailsOf (user: string, kind: MailKind, { mail: { letters, addresses } }: Journal): Pick<LetterLog, 'messageId' | 'at' | 'items'>[] {
  const own = letters.filter(letter => letter.kind === kind && addresses.some(({ user: other, address }) => other === user && address === letter.to))
  return [...Map.groupBy(own, ({ messageId }) => messageId)].map(([messageId, attempts]) => ({ messageId, at: attempts[0]!.at, items: attempts.flatMap(({ items }) => items) }))
}

/** Whether somebody must be mailed something unless their mail is interrupted: belongs to its audience all the time, and has not read it. */
export function mustBeMailed (user: string, { seq, publication }: Accepted, { reads, hidden, mail: { topics } }: Journal, { belonging, recalled }: Truth): boolean {
  const { id, topic } = publication
  return topics[topic] !== undefined && !recalled.has(id) && !hidden.get(user)?.has(id) && reads.every(read => read.user !== user || read.id !== id) && belonging.mustHave(user, publication, seq, Infinity)
}

export function checkMailed (user: string, journal: Journal, truth: Truth, report: Report): void {
  const dealt = dealtWith(user, journal)
  const shown = new Set(dealt.flatMap(({ ids }) => ids))
  let missing = truth.accepted.filter(known => mustBeMailed(user, known, journal, truth) && !shown.has(known.publication.id) && !isInterrupted(user, known, dealt, journal, truth))
  // A mail shows the newest, and counts the rest.
  for (const { ids, more } of dealt) {
    const oldest = Math.min(...ids.map(id => truth.byId.get(id)?.seq ?? Infinity))
    const counted = missing.filter(({ seq }) => seq < oldest).slice(-more || Infinity)
    missing = missing.filter(known => !counted.includes(known))
  }
  for (const { publication: { id } } of missing) report('lost', `${user} was never mailed ${id}`)
}

/** Mails that were taken. What was refused for good is in none of them but a later one, to another address. */
function dealtWith (user: string, { mail: { letters, addresses } }: Journal): Dealt[] {
  const to = addresses.filter(address => address.user === user).map(({ address }) => address)
  const taken = letters.filter(letter => to.includes(letter.to) && letter.isTaken)
  return [...new Map(taken.map(letter => [letter.messageId, letter])).values()].map(({ kind, items, more }) => ({ kind, ids: items.map(({ id }) => id), more }))
}

/**
 * Whether something may never be mailed, because its topic was muted after it was sent: unless another mail of its kind, with something of its topic, shows that it
 * was due before.
 *
 *     m1 ── m2 ── (a mail with m2) ── m3 ── muted ── …      m1 was due, m3 may not have been
 */
function isInterrupted (user: string, { seq, publication: { topic } }: Accepted, dealt: Dealt[], journal: Journal, { byId }: Truth): boolean {
  const ofKind = dealt.filter(({ kind }) => kind === journal.mail.topics[topic]).flatMap(({ ids }) => ids.flatMap(id => byId.get(id) ?? []))
  const places = ofKind.filter(({ publication }) => publication.topic === topic).map(({ seq }) => seq)
  return mutes(user, topic, journal).some(({ from, to }) => seq < to && !places.some(place => place >= seq && place <= from))
}

function mutes (user: string, topic: string, journal: Journal): Interruption[] {
  return journal.mutes.filter(mute => mute.user === user && mute.topic === topic && mute.inbox === 'off').map(({ after, until }) => ({ from: placeOf(after), to: placeOf(until) }))
}
