import type { MailKind } from '../../../../src/store/contract/mail.ts'
import { cursorOf, placeOf } from '../../checker/places.ts'
import { newestOf, titleOf } from '../../checker/truth.ts'
import type { Journal, Publication } from '../../journal.ts'
import type { LetterLog } from '../journal.ts'
import { MAILED } from '../mails.ts'

export const USER = 'erin'
export const STRANGER = 'company_a.two'
const userOf = ({ mail: { addresses } }: Journal, { to }: LetterLog) => addresses.find(({ address }) => address === to)!.user
const lettersTo = (journal: Journal, user: string) => journal.mail.letters.filter(letter => userOf(journal, letter) === user)
const isSent = ({ outcomes }: Publication) => outcomes.some(({ status }) => status === 'accepted')
export const seqOf = (publication: Publication) => placeOf(cursorOf(publication)).seq
export const publicationOf = ({ publications }: Journal, id: string) => publications.get(id)!

/** Whether a mail shows nothing that somebody read or recalled. */
const isPlain = ({ recalls, reads }: Journal, user: string, { items }: LetterLog) => items.every(({ id }) => recalls.every(recall => recall.id !== id) && reads.every(read => read.user !== user || read.id !== id))
const attemptsAt = (journal: Journal, { messageId }: LetterLog) => journal.mail.letters.filter(letter => letter.messageId === messageId)
/** Mails that were taken at once, and none of which has anything to hide. */
export const plain = (journal: Journal, user = USER, kind: MailKind = 'now') => lettersTo(journal, user).filter(letter => letter.kind === kind && letter.isAnswered && isPlain(journal, user, letter) && attemptsAt(journal, letter).length === 1)
/** One that was not taken at first. */
export const retried = (journal: Journal): LetterLog[] | undefined => journal.mail.letters.filter(letter => letter.kind === 'now' && !/guest|boss/.test(userOf(journal, letter))).map(letter => attemptsAt(journal, letter))
  .find(attempts => attempts.length > 1 && attempts.at(-1)!.isTaken && attempts.slice(0, -1).every(({ isTaken }) => !isTaken) && isPlain(journal, userOf(journal, attempts[0]!), attempts[0]!))
/** One that shows several. */
export const several = (journal: Journal) => plain(journal).find(({ items }) => items.length > 1)
/** One that shows something after an edit of it. */
export const edited = (journal: Journal) => plain(journal).find(({ items }) => items.some(({ id }) => newestOf(publicationOf(journal, id)) > 1 && placeOfEdit(publicationOf(journal, id)) < momentOf(journal, items)))

const placeOfEdit = ({ edits }: Publication) => Math.max(-1, ...edits.map(({ outcome }) => outcome.status !== 'accepted' ? -1 : outcome.cursor === undefined ? Infinity : placeOf(outcome.cursor).seq))
export const momentOf = (journal: Journal, items: LetterLog['items']) => Math.max(...items.map(({ id }) => seqOf(publicationOf(journal, id))))

/** What is gone by then, and in no mail. */
const gone = (journal: Journal, of: { id: string, until?: string | undefined }[], isFor: (audience: Publication['audience']) => boolean, wanted = MAILED): { id: string, seq: number } | undefined => of.flatMap(({ id, until }) => {
  const isMailed = journal.mail.letters.some(({ items }) => items.some(item => item.id === id))
  const { topic, audience } = publicationOf(journal, id)
  return until === undefined || isMailed || topic !== wanted || !isFor(audience) ? [] : [{ id, seq: placeOf(until).seq }]
})[0]
export const recalled = (journal: Journal) => gone(journal, journal.recalls, ({ all, not }) => all === true && !not)
export const read = (journal: Journal, topic = MAILED) => gone(journal, journal.reads.filter(({ user, status }) => user === USER && status === 200), ({ users }) => users?.includes(USER) === true, topic)
export const late = (journal: Journal, { seq }: { seq: number }, kind: MailKind = 'now') => plain(journal, USER, kind).find(({ items }) => momentOf(journal, items) > seq)
/** What is sent to one of its readers alone. */
export const meant = (journal: Journal) => [...journal.publications.values()].find(publication => publication.topic === MAILED && publication.audience.companies?.[0] === 'company_b' && isSent(publication))
export const unwanted = (journal: Journal) => [...journal.publications.values()].find(publication => {
  const { id, topic, audience, replaceKey, sendAt } = publication
  return journal.mail.topics[topic] === undefined && audience.all && !audience.not && replaceKey === undefined && sendAt === undefined && isSent(publication) && journal.recalls.every(recall => recall.id !== id) && journal.reads.every(read => read.id !== id)
})

/** A mail shows one more, at its place. */
export function add (journal: Journal, letter: LetterLog, id: string): void {
  const publication = publicationOf(journal, id)
  letter.items.push({ id, title: titleOf(publication, newestOf(publication))! })
  letter.items.sort((one, other) => seqOf(publicationOf(journal, other.id)) - seqOf(publicationOf(journal, one.id)))
}

export const remove = (journal: Journal, ...letters: LetterLog[]) => { journal.mail.letters = journal.mail.letters.filter(letter => !letters.includes(letter)) }
