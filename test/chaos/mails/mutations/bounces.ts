import type { Mutations } from '../../checker/mutations.ts'
import type { Journal, Publication } from '../../journal.ts'
import { BOUNCER } from '../bouncer.ts'
import type { AddressLog, FailureLog, LetterLog } from '../journal.ts'
import { publicationOf, remove } from './finding.ts'

const addresses = ({ mail }: Journal) => mail.addresses.filter(({ user }) => user === BOUNCER)
const bounced = ({ mail }: Journal) => mail.letters.filter(({ isBounced }) => isBounced)
const failureOf = ({ mail }: Journal, { items }: LetterLog): FailureLog => mail.failures.find(({ ids }) => items.some(({ id }) => ids.includes(id)))!
/** To which nothing more was sent in the end. */
const full = (journal: Journal): AddressLog => addresses(journal).find(({ address }) => address.includes('full'))!
const isFull = (journal: Journal) => bounced(journal).filter(({ to }) => to === full(journal).address).length > 3
const gone = (journal: Journal): AddressLog | undefined => addresses(journal).find(({ address }) => journal.mail.refused.filter(other => other === address).length > 2)
/** How often an answer may not be known. */
const unknown = ({ mayRepeat, mail: { cuts } }: Journal) => mayRepeat + cuts
/** What was refused at one address, and is in a mail to the last one: the newest. */
const returned = (journal: Journal): string => {
  const { address } = addresses(journal).at(-1)!
  const failed = journal.mail.failures.filter(({ user }) => user === BOUNCER).flatMap(({ ids }) => ids)
  const isKept = ({ audience: { all, not }, replaceKey }: Publication) => all === true && !not && replaceKey === undefined
  return journal.mail.letters.filter(({ to, isTaken }) => to === address && isTaken).flatMap(({ items }) => items.map(({ id }) => id))
    .find(id => failed.includes(id) && isKept(publicationOf(journal, id)) && journal.recalls.every(recall => recall.id !== id))!
}
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

export function hasBounces (journal: Journal): boolean {
  return isFull(journal) && gone(journal) !== undefined
}

export const bounceMutations: Mutations = {
  'a bounce is not told': { names: ['lost'], mutate: journal => { journal.mail.failures.splice(journal.mail.failures.indexOf(failureOf(journal, bounced(journal)[0]!)), 1) } },
  'a bounce is told twice': { names: ['doubled'], mutate: journal => { journal.mail.failures.push({ ...failureOf(journal, bounced(journal)[0]!) }) } },
  'a bounce is told of something else': { names: ['altered'], mutate: journal => { failureOf(journal, bounced(journal)[0]!).ids.push('nobody') } },
  'a bounce is told that was none': { names: ['phantom'], mutate: journal => { journal.mail.failures.push({ cursor: full(journal).until, user: 'erin', ids: [] }) } },
  'a bounced mail comes again': { names: ['doubled'], mutate: journal => { journal.mail.letters.push(...times(1 + unknown(journal), () => structuredClone(bounced(journal)[0]!))) } },
  'an address is mailed after it refused three in a row': { names: ['leaked'], mutate: journal => { journal.mail.letters.push({ ...bounced(journal)[0]!, messageId: 'other', items: [], isBounced: false }) } },
  'an address is mailed after it was refused three times': { names: ['leaked', 'lost'], mutate: journal => { journal.mail.refused.push(...times(1 + unknown(journal), () => gone(journal)!.address)) } },
  'an address that is put right is not mailed': {
    names: ['lost'],
    mutate: journal => {
      const { address } = addresses(journal).at(-1)!
      remove(journal, ...journal.mail.letters.filter(({ to }) => to === address))
    }
  },
  'what was refused is in no mail to the next address': {
    names: ['lost'],
    mutate: journal => {
      const lost = returned(journal)
      for (const letter of journal.mail.letters) if (letter.isTaken && addresses(journal).some(({ address }) => address === letter.to)) letter.items = letter.items.filter(({ id }) => id !== lost)
    }
  },
  'a mail goes where its reader was before': {
    names: ['leaked'],
    mutate: journal => {
      const { letters, failures } = journal.mail
      const hasFailed = ({ id }: { id: string }) => failures.some(({ ids }) => ids.includes(id))
      const place = letters.findIndex(({ to, items }) => to === addresses(journal).at(-1)!.address && !items.every(hasFailed))
      const { items, ...letter } = letters[place]!
      // What failed before would be doubled, too.
      letters.splice(place, 1, { ...letter, messageId: 'other', to: gone(journal)!.address, items: items.filter(item => !hasFailed(item)) }, { ...letter, items: items.filter(hasFailed) })
    }
  }
}
