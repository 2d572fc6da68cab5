import { Hub } from '../../../src/hub/hub.ts'
import { start } from '../../../src/start.ts'
import type { LogEvent, MembersChanged } from '../../../src/log/event.ts'
import type { Store } from '../../../src/store/store.ts'
import { hasten } from '../quick/hasten.ts'
import { breakMails } from './mails.ts'
import { breakPushes, breakWebhooks } from './outside.ts'
import { breakReceipts, sufferReceipts } from './receipts.ts'

/**
 * The server, with faults of the kinds that the checker is there for. What a notification suffers is
 * its topic, and so what its edits suffer; everything else goes its way.
 */

const publish = Hub.prototype.publish
let kept: LogEvent[] = []
/** The first revision that each edited notification was given. */
const firstEdits = new Map<number, string>()

function suffer (event: LogEvent): LogEvent[] {
  const before = kept
  kept = []
  const receipts = sufferReceipts(event)
  if (receipts) return [...before, ...receipts]
  if (event.kind === 'members.changed') return [...before, { ...event, body: misheard(event.body) }]
  switch (event.originSeq !== undefined ? `${event.topic} edit` : event.kind === 'notification' ? event.topic : event.kind) {
    case 'drop': return [...before, { ...event, keys: [] }]
    case 'double': return [...before, event, event]
    case 'leak': return [...before, { ...event, keys: [...event.keys, 'c:company_b'] }]
    case 'alter': return [...before, { ...event, body: event.body.replace('"title":"', '"title":"not ') }]
    case 'swap':
      kept = [event]
      return before
    case 'mute edit': return [...before, { ...event, keys: [] }]
    case 'old edit': {
      const body = firstEdits.get(event.originSeq!) ?? event.body
      firstEdits.set(event.originSeq!, body)
      return [...before, { ...event, body }]
    }
    // Once for each of its groups.
    case 'echo': return [...before, ...event.keys.map(key => ({ ...event, keys: [key] }))]
    case 'spill': return [...before, { ...event, keys: event.keys.filter(key => !key.startsWith('!')) }]
    // Whoever marked it knows, its other devices do not.
    case 'notification.read': return [...before, { ...event, keys: [] }]
    default: return [event, ...before]
  }
}

/** Nobody hears who joins the group `issue`, and who leaves the group `order`. */
function misheard (body: string): string {
  const { joined, left } = JSON.parse(body) as MembersChanged
  const without = (groups: Record<string, string[]>, name: string) => Object.fromEntries(Object.entries(groups).filter(([key]) => !key.endsWith(`/${name}`)))
  return JSON.stringify({ joined: without(joined, 'issue'), left: without(left, 'order') })
}

Hub.prototype.publish = function (events) {
  publish.call(this, events.flatMap(suffer))
}

/** Acknowledges some before they are committed, and some marks and edits that never will be; leaves some where they were. */
async function prepare (store: Store): Promise<void> {
  hasten(store)
  breakReceipts(store)
  breakWebhooks(store)
  breakPushes(store)
  breakMails(store)
  const { notify, mark, edit, schedule, changePlan, cancelPlan, act } = store
  const [forgotten, unchangeable] = [new Set<string>(), new Set<string>()]
  store.changePlan = async (id, content, revision, by) => unchangeable.has(id) ? (await store.plan(id))! : await changePlan(id, content, revision, by)
  store.cancelPlan = async (id, by) => unchangeable.has(id) ? undefined : await cancelPlan(id, by)
  store.edit = async (id, change, by) => {
    if (!forgotten.has(id)) return await edit(id, change, by)
    return { id, revision: change.revision! + 1, seq: await store.head() }
  }
  store.schedule = async (draft, maxPlans) => {
    const { id, topic } = draft
    if (topic === 'never') return { id, stored: true }
    if (topic === 'undead' || topic === 'deaf') unchangeable.add(id)
    if (topic === 'twice') await schedule({ ...draft, id: `${id}-2`, digest: 'another' }, maxPlans)
    return await schedule(topic === 'hasty' ? { ...draft, sendAt: Date.now() } : draft, maxPlans)
  }
  store.notify = async draft => {
    if (draft.topic === 'forget') forgotten.add(draft.id)
    if (draft.topic === 'pile') return await notify({ ...draft, chain: undefined })
    if (draft.topic === 'throw') setImmediate(() => { throw new Error('nobody foresaw this') })
    if (draft.topic !== 'early') return await notify(draft)
    setTimeout(notify, 600_000, draft).unref()
    return { id: draft.id, seq: await store.head() + 1, stored: true }
  }
  store.see = async user => {
    const { count, seq } = await store.unread(user)
    return { unseen: 0, unread: count, seq, hasChanged: true }
  }
  // Whoever asks is told of the own choice.
  store.act = async (user, id, action) => ({ ...await act(user, id, action), action })
  store.mark = async (user, verb, ids, since) => {
    if (verb !== 'delete' && verb !== 'archive') return await mark(user, verb, ids, since)
    const { count, unseen, seq } = await store.unread(user)
    return { found: ids.map(id => ({ id, readAt: null, archived: false })), overtaken: [], missing: [], refused: [], unread: Math.max(0, count - ids.length), unseen, seq, hasChanged: true }
  }
}

await start({ prepare })
