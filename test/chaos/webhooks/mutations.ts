import type { Mutations } from '../checker/mutations.ts'
import { cursorOf, ofCompany } from '../checker/places.ts'
import { placeOf } from '../checker/truth.ts'
import type { Journal } from '../journal.ts'
import type { CallLog, HookLog } from './journal.ts'

const hookOf = ({ hooks }: Journal, company: string | null, isOrdered: boolean): HookLog => hooks.find(hook => hook.company === company && hook.isOrdered === isOrdered)!
const loose = (journal: Journal) => hookOf(journal, null, false)
const ordered = (journal: Journal) => hookOf(journal, null, true)
/** Calls that were taken at once, for what was sent and acknowledged to its sender before the end. */
const sent = (journal: Journal, { calls, until }: HookLog): CallLog[] => calls.filter(({ id, type, cursor, notification }) => {
  const { outcomes, sendAt } = journal.publications.get(notification) ?? {}
  return type === 'notification.sent' && sendAt === undefined && outcomes?.some(({ status }) => status === 'accepted') && placeOf(cursor) < placeOf(until!) && calls.filter(call => call.id === id).length === 1
})
/** What a receiver did not take at first. */
const retried = ({ calls }: HookLog): CallLog | undefined => calls.find(({ id, isTaken }, at) => isTaken && calls.findIndex(call => call.id === id) < at)
const acknowledged = ({ calls }: HookLog): CallLog | undefined => calls.find(({ type }) => type === 'notification.acknowledged')

export function hasCalls (journal: Journal): boolean {
  const found = { loose: sent(journal, loose(journal))[3], ordered: sent(journal, ordered(journal))[3], retried: retried(loose(journal)), acknowledged: acknowledged(loose(journal)) }
  return Object.values(found).every(call => call !== undefined)
}

/** Something is done to one call of the unordered webhook of everybody. */
const changing = (change: (call: CallLog) => void) => (journal: Journal) => change(sent(journal, loose(journal))[2]!)

/** What may go wrong between the log and the receivers of webhooks. */
export const webhookMutations: Mutations = {
  'a receiver is not called for an event': {
    names: ['lost'],
    mutate: journal => {
      const hook = loose(journal)
      const [, , gone] = sent(journal, hook)
      hook.calls = hook.calls.filter(call => call !== gone)
    }
  },
  'what a receiver did not take is not tried again': {
    names: ['lost'],
    mutate: journal => {
      const hook = loose(journal)
      const last = retried(hook)
      hook.calls = hook.calls.filter(call => call !== last)
    }
  },
  'a receiver is not called for an acknowledgement': {
    names: ['lost'],
    mutate: journal => {
      const hook = loose(journal)
      const { id } = acknowledged(hook)!
      hook.calls = hook.calls.filter(call => call.id !== id)
    }
  },
  'a receiver that is called in order is called for the next one although it did not take one': {
    names: ['lost', 'misordered'],
    mutate: journal => { sent(journal, ordered(journal))[2]!.isTaken = false }
  },
  'two calls in order are swapped': {
    names: ['misordered'],
    mutate: journal => {
      const { calls } = ordered(journal)
      const [one, other] = sent(journal, ordered(journal)).slice(2).map(call => calls.indexOf(call)) as [number, number]
      calls[one] = calls.splice(other, 1, calls[one]!)[0]!
    }
  },
  'a receiver is called again for what it took': {
    names: ['doubled'],
    mutate: journal => {
      const { calls } = loose(journal)
      calls.push({ ...sent(journal, loose(journal))[2]! })
    }
  },
  'a retry has another id': { names: ['forked'], mutate: journal => { retried(loose(journal))!.id += '0' } },
  'a retry has another text': { names: ['altered'], mutate: journal => { retried(loose(journal))!.text += ' ' } },
  'a call is signed with another secret': { names: ['altered'], mutate: changing(call => { call.isSigned = false }) },
  'a receiver is told a text': {
    names: ['leaked'],
    mutate: journal => {
      const [, , call] = sent(journal, loose(journal))
      call!.text = JSON.stringify(journal.publications.get(call!.notification)!.title)
    }
  },
  'a receiver is called for an event of another company': {
    names: ['leaked'],
    mutate: journal => {
      const { id, outcomes } = ofCompany(journal, 'company_a')
      const call = loose(journal).calls.find(({ type, notification }) => type === 'notification.sent' && notification === id)!
      const stranger = hookOf(journal, 'company_b', false)
      const cursor = cursorOf({ outcomes })
      stranger.calls.push({ ...call, id: `${stranger.id}_${cursor.split('.')[0]}_${placeOf(cursor)}` })
    }
  },
  'a receiver is called for what nobody published': { names: ['phantom'], mutate: changing(call => { call.notification = 'nobody' }) },
  'a receiver is called for what it never asked for': { names: ['phantom'], mutate: changing(call => { call.type = 'notification.read' }) },
  'an event has another place for a receiver than for its sender': {
    names: ['forked', 'lost'],
    mutate: changing(call => {
      const [epoch] = call.cursor.split('.')
      const seq = placeOf(call.cursor) + 1_000_000
      call.id = call.id.replace(/_\d+$/, `_${seq}`)
      call.cursor = `${epoch}.${seq.toString(36)}`
    })
  }
}
