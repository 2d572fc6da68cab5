import type { Mutations } from '../checker/mutations.ts'
import { cursorOf, placeOf } from '../checker/places.ts'
import { newestOf, titleOf } from '../checker/truth.ts'
import type { Journal, Publication } from '../journal.ts'
import type { LetterLog } from './journal.ts'
import { MAILED } from './mails.ts'

const USER = 'erin'
const STRANGER = 'company_a.two'
const addressOf = ({ mail: { addresses } }: Journal, user: string) => Object.keys(addresses).find(address => addresses[address] === user)!
const lettersTo = (journal: Journal, user: string) => journal.mail.letters.filter(({ to }) => to === addressOf(journal, user))
const isSent = ({ outcomes }: Publication) => outcomes.some(({ status }) => status === 'accepted')
const seqOf = (publication: Publication) => placeOf(cursorOf(publication)).seq
const publicationOf = ({ publications }: Journal, id: string) => publications.get(id)!

/** Whether a mail shows nothing that somebody read or recalled. */
const isPlain = ({ recalls, reads }: Journal, user: string, { items }: LetterLog) => items.every(({ id }) => recalls.every(recall => recall.id !== id) && reads.every(read => read.user !== user || read.id !== id))
const attemptsAt = (journal: Journal, { messageId }: LetterLog) => journal.mail.letters.filter(letter => letter.messageId === messageId)
/** Mails that were taken at once, and none of which has anything to hide. */
const plain = (journal: Journal, user = USER) => lettersTo(journal, user).filter(letter => letter.isAnswered && isPlain(journal, user, letter) && attemptsAt(journal, letter).length === 1)
/** One that was not taken at first. */
const retried = (journal: Journal): LetterLog[] | undefined => journal.mail.letters.filter(({ to }) => !to.includes('guest')).map(letter => attemptsAt(journal, letter))
  .find(attempts => attempts.length > 1 && attempts.at(-1)!.isTaken && attempts.slice(0, -1).every(({ isTaken }) => !isTaken) && isPlain(journal, journal.mail.addresses[attempts[0]!.to]!, attempts[0]!))
/** One that shows several. */
const several = (journal: Journal) => plain(journal).find(({ items }) => items.length > 1)
/** One that shows something after an edit of it. */
const edited = (journal: Journal) => plain(journal).find(({ items }) => items.some(({ id }) => newestOf(publicationOf(journal, id)) > 1 && placeOfEdit(publicationOf(journal, id)) < momentOf(journal, items)))

const placeOfEdit = ({ edits }: Publication) => Math.max(-1, ...edits.map(({ outcome }) => outcome.status !== 'accepted' ? -1 : outcome.cursor === undefined ? Infinity : placeOf(outcome.cursor).seq))
const momentOf = (journal: Journal, items: LetterLog['items']) => Math.max(...items.map(({ id }) => seqOf(publicationOf(journal, id))))

/** What is gone by then, and in no mail. */
const gone = (journal: Journal, of: { id: string, until?: string | undefined }[], isFor: (audience: Publication['audience']) => boolean): { id: string, seq: number } | undefined => of.flatMap(({ id, until }) => {
  const isMailed = journal.mail.letters.some(({ items }) => items.some(item => item.id === id))
  const { topic, audience } = publicationOf(journal, id)
  return until === undefined || isMailed || topic !== MAILED || !isFor(audience) ? [] : [{ id, seq: placeOf(until).seq }]
})[0]
const recalled = (journal: Journal) => gone(journal, journal.recalls, ({ all, not }) => all === true && !not)
const read = (journal: Journal) => gone(journal, journal.reads.filter(({ user, status }) => user === USER && status === 200), ({ users }) => users?.includes(USER) === true)
const late = (journal: Journal, { seq }: { seq: number }) => plain(journal).find(({ items }) => momentOf(journal, items) > seq)
/** What is sent to one of its readers alone. */
const meant = (journal: Journal) => [...journal.publications.values()].find(publication => publication.topic === MAILED && publication.audience.companies?.[0] === 'company_b' && isSent(publication))
const unwanted = (journal: Journal) => [...journal.publications.values()].find(publication => {
  const { id, topic, audience, replaceKey, sendAt } = publication
  return topic !== MAILED && audience.all && !audience.not && replaceKey === undefined && sendAt === undefined && isSent(publication) && journal.recalls.every(recall => recall.id !== id) && journal.reads.every(read => read.id !== id)
})

export function hasMail (journal: Journal): boolean {
  const found = { plain: plain(journal)[2], retried: retried(journal), several: several(journal), edited: edited(journal), recalled: recalled(journal), read: read(journal), meant: meant(journal), unwanted: unwanted(journal), ofStranger: plain(journal, STRANGER)[0] }
  return Object.values(found).every(what => what !== undefined) && late(journal, recalled(journal)!) !== undefined && late(journal, read(journal)!) !== undefined
}

/** A mail shows one more, at its place. */
function add (journal: Journal, letter: LetterLog, id: string): void {
  const publication = publicationOf(journal, id)
  letter.items.push({ id, title: titleOf(publication, newestOf(publication))! })
  letter.items.sort((one, other) => seqOf(publicationOf(journal, other.id)) - seqOf(publicationOf(journal, one.id)))
}

const changing = (change: (letter: LetterLog, journal: Journal) => void) => (journal: Journal) => change(plain(journal)[1]!, journal)
const remove = (journal: Journal, ...letters: LetterLog[]) => { journal.mail.letters = journal.mail.letters.filter(letter => !letters.includes(letter)) }

/** What may go wrong between the log and the mail server. */
export const mailMutations: Mutations = {
  'somebody is not mailed': { names: ['lost'], mutate: changing((letter, journal) => remove(journal, letter)) },
  'a mail that was not taken does not come again': { names: ['lost'], mutate: journal => remove(journal, retried(journal)!.at(-1)!) },
  'a mail that was not taken comes again under another Message-ID': { names: ['doubled'], mutate: journal => { retried(journal)!.at(-1)!.messageId = 'other' } },
  'a mail comes again with something else': {
    names: ['altered'],
    mutate: journal => {
      const [first] = retried(journal)!
      first!.items = []
      add(journal, first!, recalled(journal)!.id)
    }
  },
  'a mail comes again although it was taken': { names: ['doubled'], mutate: changing((letter, journal) => { journal.mail.letters.push(structuredClone(letter)) }) },
  'two mails have the same in them': { names: ['doubled'], mutate: journal => { add(journal, plain(journal)[2]!, plain(journal)[1]!.items.at(-1)!.id) } },
  'two users are sent the same mail': { names: ['forked'], mutate: journal => { plain(journal, STRANGER)[0]!.messageId = plain(journal)[1]!.messageId } },
  'a mail goes to somebody else': { names: ['leaked', 'lost'], mutate: changing(letter => { letter.to = 'nobody@example.com' }) },
  'a mail has what its reader may not see': { names: ['leaked'], mutate: journal => { add(journal, plain(journal).at(-1)!, meant(journal)!.id) } },
  'a mail has a topic of which its reader wants none': { names: ['leaked'], mutate: journal => { add(journal, plain(journal).at(-1)!, unwanted(journal)!.id) } },
  'a mail has what was recalled before': { names: ['diverged'], mutate: journal => { add(journal, late(journal, recalled(journal)!)!, recalled(journal)!.id) } },
  'a mail has what was read before': { names: ['diverged'], mutate: journal => { add(journal, late(journal, read(journal)!)!, read(journal)!.id) } },
  'a mail has what nobody published': { names: ['phantom'], mutate: changing(letter => { letter.items.push({ id: 'nobody', title: 'nobody is 1' }) }) },
  'a mail has another title': { names: ['altered'], mutate: changing(letter => { letter.items[0]!.title += '.' }) },
  'a mail has an older title': {
    names: ['stale'],
    mutate: journal => {
      for (const item of edited(journal)!.items) item.title = publicationOf(journal, item.id).title
    }
  },
  'a mail is out of order': { names: ['misordered'], mutate: journal => { several(journal)!.items.reverse() } }
}
