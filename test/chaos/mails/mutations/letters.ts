import type { Mutations } from '../../checker/mutations.ts'
import type { Journal } from '../../journal.ts'
import type { LetterLog } from '../journal.ts'
import { add, edited, late, meant, plain, publicationOf, read, recalled, remove, retried, several, STRANGER, unwanted } from './finding.ts'

export function hasLetters (journal: Journal): boolean {
  const found = { plain: plain(journal)[2], retried: retried(journal), several: several(journal), edited: edited(journal), recalled: recalled(journal), read: read(journal), meant: meant(journal), unwanted: unwanted(journal), ofStranger: plain(journal, STRANGER)[0] }
  return Object.values(found).every(what => what !== undefined) && late(journal, recalled(journal)!) !== undefined && late(journal, read(journal)!) !== undefined
}

const changing = (change: (letter: LetterLog, journal: Journal) => void) => (journal: Journal) => change(plain(journal)[1]!, journal)

export const letterMutations: Mutations = {
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
