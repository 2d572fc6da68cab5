import type { LogEvent } from '../../../src/log/event.ts'
import type { Store } from '../../../src/store/store.ts'

/** Faults in what readers are asked and say: by the topic of a notification, and by the name of a device. */

/** By how much somebody is told too early, milliseconds. */
const RUSH_MS = 6_000

/** What becomes of an event on its way to the sockets; undefined for one that none of these faults is about. */
export function sufferReceipts (event: LogEvent): LogEvent[] | undefined {
  switch (event.topic) {
    // Whoever muted it is not known by another topic.
    case 'shout': return [{ ...event, topic: null }]
    case 'nag': return event.kind === 'notification.reminder' ? [event, event] : undefined
    case 'hush': return event.kind === 'notification.reminder' ? [{ ...event, keys: [] }] : undefined
    default: return undefined
  }
}

/** Tells too early of what nobody acknowledged, acknowledges what it does not keep, and knows of too much and too little that devices have. */
export function breakReceipts (store: Store): void {
  const { notify, acknowledge, recordDeliveries, report } = store
  const ids = new Map<string, Set<string>>([['deny', new Set()], ['boast', new Set()]])
  store.notify = async draft => {
    ids.get(draft.topic ?? '')?.add(draft.id)
    return await notify(draft.topic === 'rush' && draft.demand ? { ...draft, demand: { ...draft.demand, by: draft.demand.by! - RUSH_MS } } : draft)
  }
  store.acknowledge = async (user, wanted) => {
    if (!wanted.every(id => ids.get('deny')!.has(id))) return await acknowledge(user, wanted)
    const { count: unread, unseen, seq } = await store.unread(user)
    return { found: wanted.map(id => ({ id, at: Date.now(), late: false })), missing: [], refused: [], unread, unseen, seq, hasChanged: true }
  }
  // From before its connection began on.
  store.recordDeliveries = async deliveries => await recordDeliveries(deliveries.filter(({ device }) => device !== 'forgetful').map(delivery => delivery.device === 'greedy' ? { ...delivery, low: 0 } : delivery))
  store.report = async id => {
    const found = await report(id)
    return found && ids.get('boast')!.has(id) ? { ...found, acknowledged: found.acknowledged + 1 } : found
  }
}
