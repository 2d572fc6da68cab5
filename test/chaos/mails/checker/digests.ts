import type { Report } from '../../checker.ts'
import type { Accepted, Truth } from '../../checker/truth.ts'
import type { Journal } from '../../journal.ts'
import { DIGEST_DAY_MS } from '../../quick/hasten.ts'
import { mailsOf, mustBeMailed } from './mailed.ts'

/*
 * A mail is of all that came after the one before it:
 *
 *     m1 ── m2 ── (a mail with m1) ── m3      m2 is in no mail that comes later: it was to be in this one, if m1 was the newer
 */

/** Of two mails of a kind, the later one has only what is newer; and a digest waits for the end of the day in which its first was sent. */
export function checkDigests (user: string, journal: Journal, truth: Truth, report: Report): void {
  for (const kind of ['now', 'digest'] as const) {
    const known = new Set<string>()
    let moment = -1
    for (const { items, at, messageId } of mailsOf(user, kind, journal)) {
      const added = items.flatMap(({ id }) => known.has(id) ? [] : truth.byId.get(id) ?? []).filter(({ publication }) => journal.mail.topics[publication.topic] === kind)
      for (const item of added) {
        if (item.seq < moment && !hasFailed(user, item, journal) && mustBeMailed(user, item, journal, truth)) report('misordered', `${item.publication.id} is in ${messageId} to ${user}, and not in the mail before it with what is newer`)
      }
      if (kind === 'digest' && added.length > 0 && at < dueAfter(moment, user, journal, truth)) report('untimely', `the digest ${messageId} came to ${user} before its time`)
      for (const { id } of items) known.add(id)
      moment = Math.max(moment, ...added.map(({ seq }) => seq))
    }
  }
}

/** Whether it was in a mail that was refused for good: at another address it comes later. */
function hasFailed (user: string, { publication: { id } }: Accepted, { mail: { failures } }: Journal): boolean {
  return failures.some(failure => failure.user === user && failure.ids.includes(id))
}

/** The end of the day in which the first was sent of what a digest may be of that comes after the one of this moment, milliseconds since 1970. */
function dueAfter (moment: number, user: string, { mail: { topics } }: Journal, { accepted, belonging }: Truth): number {
  const isOf = ({ seq, publication }: Accepted) => seq > moment && topics[publication.topic] === 'digest' && belonging.mayHaveHad(user, publication, seq)
  const first = Math.min(...accepted.filter(isOf).map(({ publication }) => publication.askedAt!))
  return Math.ceil(first / DIGEST_DAY_MS) * DIGEST_DAY_MS
}
