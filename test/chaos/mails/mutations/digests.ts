import type { Mutations } from '../../checker/mutations.ts'
import type { Journal } from '../../journal.ts'
import { placeOf } from '../../checker/truth.ts'
import type { LetterLog } from '../journal.ts'
import { DIGESTED } from '../mails.ts'
import { add, late, momentOf, plain, read, remove, seqOf, STRANGER, USER } from './finding.ts'

const digests = (journal: Journal) => plain(journal, USER, 'digest')
/** What was sent to all while somebody had it muted, and a digest of theirs that came later. */
const muted = (journal: Journal): { id: string, digest: LetterLog } | undefined => {
  const changes = journal.mutes.filter(({ user, topic }) => user === STRANGER && topic === DIGESTED).map(({ inbox, after, until }) => ({ isOff: inbox === 'off', after: placeOf(after), until: placeOf(until) }))
  const isMuted = (seq: number) => changes.findLast(({ until }) => until <= seq)?.isOff === true && !changes.some(({ after, until }) => after < seq && until > seq)
  const sent = [...journal.publications.values()].filter(({ topic, audience, outcomes }) => topic === DIGESTED && audience.all && outcomes.at(-1)?.status === 'accepted')
  return sent.filter(publication => isMuted(seqOf(publication))).flatMap(publication => {
    const digest = plain(journal, STRANGER, 'digest').find(({ items }) => momentOf(journal, items) > seqOf(publication))
    return digest && journal.recalls.every(({ id }) => id !== publication.id) ? [{ id: publication.id, digest }] : []
  })[0]
}
/** One that shows several, and one after it. */
const two = (journal: Journal): [LetterLog, LetterLog] | undefined => {
  const all = digests(journal)
  const at = all.findIndex(({ items }) => items.length > 1)
  return at >= 0 && all[at + 1] ? [all[at]!, all[at + 1]!] : undefined
}

export function hasDigests (journal: Journal): boolean {
  const gone = read(journal, DIGESTED)
  return two(journal) !== undefined && muted(journal) !== undefined && gone !== undefined && late(journal, gone, 'digest') !== undefined
}

const changing = (change: (digest: LetterLog, journal: Journal) => void) => (journal: Journal) => change(two(journal)![0], journal)

export const digestMutations: Mutations = {
  'a digest does not come': { names: ['lost'], mutate: changing((digest, journal) => remove(journal, digest)) },
  'a digest comes again as another mail': { names: ['doubled'], mutate: changing((digest, journal) => { journal.mail.letters.push({ ...structuredClone(digest), messageId: 'other' }) }) },
  'a digest comes before its time': { names: ['untimely'], mutate: changing(digest => { digest.at = 0 }) },
  'what a digest is for is mailed at once': { names: ['untimely'], mutate: changing(digest => { digest.kind = 'now' }) },
  'a digest has what was read before': { names: ['diverged'], mutate: journal => { add(journal, late(journal, read(journal, DIGESTED)!, 'digest')!, read(journal, DIGESTED)!.id) } },
  'a digest has what was muted': { names: ['leaked'], mutate: journal => { add(journal, muted(journal)!.digest, muted(journal)!.id) } },
  'a digest leaves something for the next': {
    names: ['misordered'],
    mutate: journal => {
      const [digest, next] = two(journal)!
      add(journal, next, digest.items.pop()!.id)
    }
  }
}
