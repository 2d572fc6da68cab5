import type { Report } from '../../checker.ts'
import { placeOf, type Truth } from '../../checker/truth.ts'
import type { Journal } from '../../journal.ts'
import type { FailureLog, LetterLog } from '../journal.ts'

/** After how many refusals in a row an address gets no more mail. */
const MAX_BOUNCES = 3

/** What an address refuses for good does not come again to that address and is told once, with what was in it; and after some of them nothing comes. */
export function checkBounces (journal: Journal, truth: Truth, report: Report): void {
  const { addresses, letters, failures } = journal.mail
  const userOf = new Map(addresses.map(({ address, user }) => [address, user]))
  const bounced = Map.groupBy(letters.filter(({ isBounced, to }) => isBounced && userOf.has(to)), ({ messageId }) => messageId)
  const told = toldOf([...bounced], journal)
  for (const [messageId, attempts] of bounced) checkBounced(messageId, attempts, told.get(messageId)!, journal, truth, report)
  const isMatched = new Set([...told.values()].flat())
  for (const user of new Set([...userOf.values(), ...failures.map(({ user }) => user)])) {
    checkRefused(user, failures.filter(failure => failure.user === user && !isMatched.has(failure)), journal, truth, report)
  }
  for (const { address } of addresses) checkRow(address, letters.filter(({ to }) => to === address), told, journal, report)
}

/**
 * Of each mail that was refused, what was told of it: what has the same in it, and was told while its address was the user's, or else soon after, or else has some of it.
 * What failed at one address may fail with the same in it at the next one.
 */
function toldOf (bounced: [messageId: string, attempts: LetterLog[]][], { mail: { addresses, failures } }: Journal): Map<string, FailureLog[]> {
  const free = new Set(failures)
  const told = new Map<string, FailureLog[]>(bounced.map(([messageId]) => [messageId, []]))
  const take = (most: number, is: (failure: FailureLog, attempts: LetterLog[], until: number) => boolean) => {
    for (const [messageId, attempts] of bounced) {
      const { user, after } = addresses.find(({ address }) => address === attempts[0]!.to)!
      const next = addresses.find(address => address.user === user && placeOf(address.after) > placeOf(after))
      const until = next ? placeOf(next.until) : Infinity
      const found = [...free].filter(failure => failure.user === user && placeOf(failure.cursor) > placeOf(after) && is(failure, attempts, until))
      if (told.get(messageId)!.length > 0) continue
      for (const failure of found.slice(0, most)) {
        free.delete(failure)
        told.get(messageId)!.push(failure)
      }
    }
  }
  const hasSame = ({ ids }: FailureLog, attempts: LetterLog[]) => attempts.some(({ items }) => isSame(items, ids))
  const hasSome = ({ ids }: FailureLog, attempts: LetterLog[]) => attempts.some(({ items }) => items.some(({ id }) => ids.includes(id)))
  take(Infinity, (failure, attempts, until) => placeOf(failure.cursor) <= until && hasSame(failure, attempts))
  take(1, hasSame)
  take(1, (failure, attempts, until) => placeOf(failure.cursor) <= until && hasSome(failure, attempts))
  return told
}

const isSame = (items: LetterLog['items'], ids: string[]) => items.length === ids.length && items.every(({ id }) => ids.includes(id))
/** How often a refusal may not be known: what comes then is tried again. */
const unknown = ({ mayRepeat, mail: { cuts } }: Journal) => mayRepeat + cuts

/** A mail that was refused. */
function checkBounced (messageId: string, attempts: LetterLog[], found: FailureLog[], journal: Journal, { recalled }: Truth, report: Report): void {
  const { to, items } = attempts.at(-1)!
  if (attempts.length > 1 + unknown(journal)) report('doubled', `the mail server was given ${messageId} again, which it had refused for good ${attempts.length - 1} times`)
  // One whose refusal was not known was tried again: it may have been taken then, or have had nothing to say any more.
  const isKnown = journal.mail.letters.every(letter => letter.messageId !== messageId || !letter.isTaken) && items.some(({ id }) => !recalled.has(id))
  if (found.length === 0 && isKnown) report('lost', `it was never told that ${to} refused ${messageId} with ${items.map(({ id }) => id).join()}`)
  if (found.length > 1) report('doubled', `it was told ${found.length} times that ${to} refused ${messageId}`)
  for (const { ids } of found) if (!attempts.some(({ items }) => isSame(items, ids))) report('altered', `${to} refused ${messageId}, but it was told of ${ids.join()}`)
}

/** Mails that were not even given to the server, as its answer to the recipient was enough: what was in them is known from what was told. */
function checkRefused (user: string, others: FailureLog[], journal: Journal, { byId, open, belonging }: Truth, report: Report): void {
  const { addresses, refused, letters, topics } = journal.mail
  const own = addresses.filter(address => address.user === user).map(({ address }) => address)
  const count = refused.filter(address => own.includes(address)).length
  if (others.length > count) report('phantom', `it was told ${others.length} times that ${user} could not be mailed, who refused ${count} mails`)
  if (others.length < count - unknown(journal)) report('lost', `it was told ${others.length} times that ${user} could not be mailed, who refused ${count} mails`)
  for (const { ids, cursor } of others) {
    // An address that refuses its mail refuses it before it is given any.
    const at = addresses.findLastIndex(({ user: other, address, after }) => other === user && placeOf(after) < placeOf(cursor) && refused.includes(address))
    const later = addresses.slice(at + 1).map(({ address }) => address)
    const moment = Math.max(...ids.map(id => byId.get(id)?.seq ?? -1))
    for (const id of ids) {
      const known = byId.get(id)
      if (!known && !open.has(id)) report('phantom', `it was told that ${user} could not be mailed ${id}, which nobody was told is published`)
      if (known && (topics[known.publication.topic] === undefined || !belonging.mayHave(user, known.publication, known.seq, moment))) report('leaked', `it was told that ${user} could not be mailed ${id}, which is not for them`)
      if (letters.some(({ to, items, isBounced }) => own.includes(to) && !later.includes(to) && !isBounced && items.some(item => item.id === id))) report('doubled', `${user} was mailed ${id}, of which it was told that they could not be`)
    }
  }
}

/** One that is taken makes good for those before it. */
function checkRow (address: string, letters: LetterLog[], told: Map<string, FailureLog[]>, journal: Journal, report: Report): void {
  const count = journal.mail.refused.filter(other => other === address).length
  if (count > MAX_BOUNCES + unknown(journal)) report('leaked', `${address} was mailed although it had refused ${count - 1}`)
  const seen = new Set<string>()
  let row = 0
  for (const [place, { messageId, isBounced, isTaken, items }] of letters.entries()) {
    if (row >= MAX_BOUNCES && !seen.has(messageId)) report('leaked', `${address} was mailed ${items.map(({ id }) => id).join()} although it had refused ${row} in a row`)
    seen.add(messageId)
    // What is not known, because the server was killed, comes again: only then it counts. What was never told may never have been known.
    if (isTaken) row = 0
    else if (isBounced && told.get(messageId)!.length > 0 && place === letters.findLastIndex(other => other.messageId === messageId)) row += 1
  }
}
