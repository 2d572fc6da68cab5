import type { Mutations } from '../checker/mutations.ts'
import { ofCompany } from '../checker/places.ts'
import type { Journal, Publication } from '../journal.ts'
import { mustBeReminded } from '../receipts/checker/demands.ts'
import type { PushedLog, PushLog } from './journal.ts'

const logOf = ({ pushes }: Journal, user: string): PushLog => pushes.find(log => log.user === user)!
const own = (journal: Journal): PushLog => logOf(journal, 'erin')
const publicationOf = ({ publications }: Journal, { id }: PushedLog): Publication => publications.get(id)!

/** Whether somebody who is never moved must have been pushed something, whatever else they and others did. */
function isSteady (journal: Journal, user: string, id: string): boolean {
  const { publications, recalls, reads, acknowledgements } = journal
  const { replaceKey, sendAt, outcomes = [] } = publications.get(id) ?? {}
  return outcomes.some(({ status }) => status === 'accepted') && replaceKey === undefined && sendAt === undefined && recalls.every(recall => recall.id !== id) &&
    [...reads, ...acknowledgements].every(done => done.user !== user || done.id !== id)
}

/** What was pushed once, and taken, before the end. */
const once = (journal: Journal, log = own(journal)): PushedLog[] => log.pushes.filter(({ id }) => {
  return isSteady(journal, log.user, id) && publicationOf(journal, { id } as PushedLog).demand === undefined && log.pushes.filter(push => push.id === id).length === 1
})
/** What the push service did not take at first. */
const retried = (journal: Journal): { log: PushLog, push: PushedLog } | undefined => journal.pushes.filter(({ user }) => user !== 'company_b.guest').flatMap(log => {
  const push = log.pushes.find(({ id, isTaken }, at) => isTaken && isSteady(journal, log.user, id) && log.pushes.findIndex(other => other.id === id) < at && log.pushes.filter(other => other.id === id && other.isTaken).length === 1)
  return push ? [{ log, push }] : []
})[0]
/** What somebody was reminded of. */
const reminded = (journal: Journal): { log: PushLog, id: string } | undefined => journal.pushes.flatMap(log => [...journal.publications.values()].flatMap(({ id, demand }) => {
  return demand?.isReminded && mustBeReminded(demand) && isSteady(journal, log.user, id) && log.pushes.some(push => push.id === id) ? [{ log, id }] : []
}))[0]

export function hasPushes (journal: Journal): boolean {
  return once(journal)[3] !== undefined && retried(journal) !== undefined && reminded(journal) !== undefined && journal.reads.some(({ user, id, status }) => status === 200 && logOf(journal, user).pushes.every(push => push.id !== id))
}

const changing = (change: (push: PushedLog, journal: Journal) => void) => (journal: Journal) => change(once(journal)[2]!, journal)

/** What may go wrong between the log and the push services. */
export const pushMutations: Mutations = {
  'a browser is not pushed something': {
    names: ['lost'],
    mutate: journal => {
      const log = own(journal)
      const [, , gone] = once(journal)
      log.pushes = log.pushes.filter(push => push !== gone)
    }
  },
  'what a push service did not take is not tried again': {
    names: ['lost'],
    mutate: journal => {
      const { log, push } = retried(journal)!
      log.pushes = log.pushes.filter(other => other !== push)
    }
  },
  'a browser is pushed no reminder': {
    names: ['lost'],
    mutate: journal => {
      const { log, id } = reminded(journal)!
      const [first] = log.pushes.filter(push => push.id === id && push.isTaken)
      log.pushes = log.pushes.filter(push => push.id !== id || push === first)
    }
  },
  'a browser never gets to its end': { names: ['lost'], mutate: journal => { delete own(journal).until } },
  'a browser is pushed again what it took': { names: ['doubled'], mutate: changing((push, journal) => { own(journal).pushes.push({ ...push }) }) },
  'a browser is pushed another text': { names: ['altered'], mutate: changing(push => { push.title += '.' }) },
  'a push is not as push services want it': { names: ['altered'], mutate: journal => { journal.pushFaults.push('ttl') } },
  'a browser is pushed something under another topic': { names: ['forked'], mutate: changing(push => { push.topic += '-' }) },
  'a browser is pushed what nobody published': { names: ['phantom'], mutate: changing((push, journal) => { own(journal).pushes.push({ ...push, id: 'nobody' }) }) },
  'a browser is pushed what is another company\'s': {
    names: ['leaked'],
    mutate: journal => {
      const { id, title } = ofCompany(journal, 'company_a')
      logOf(journal, 'company_b.one').pushes.push({ id, title, topic: journal.pushes.flatMap(({ pushes }) => pushes).find(push => push.id === id)?.topic ?? id, at: Date.now(), isTaken: true })
    }
  },
  'a browser is pushed something before it is due': { names: ['untimely'], mutate: changing((push, journal) => { push.at = publicationOf(journal, push).askedAt! }) },
  'a browser is pushed what was read in time': {
    names: ['untimely'],
    mutate: changing((push, journal) => { journal.reads.push({ user: 'erin', id: push.id, status: 200, at: publicationOf(journal, push).askedAt! }) })
  },
  'a browser is pushed what was acknowledged in time': {
    names: ['untimely'],
    mutate: changing((push, journal) => { journal.acknowledgements.push({ user: 'erin', id: push.id, status: 200, late: false, at: publicationOf(journal, push).askedAt! }) })
  }
}
