import { Hub } from '../../../src/hub/hub.ts'
import { start } from '../../../src/start.ts'
import type { LogEvent } from '../../../src/log/event.ts'
import type { Store } from '../../../src/store/store.ts'

/**
 * The server, with faults of the kinds that the checker is there for. What a notification suffers is
 * its topic; everything else goes its way.
 */

const publish = Hub.prototype.publish
let kept: LogEvent[] = []

function suffer (event: LogEvent): LogEvent[] {
  const before = kept
  kept = []
  switch (event.kind === 'notification' ? event.topic : event.kind) {
    case 'drop': return [...before, { ...event, keys: [] }]
    case 'double': return [...before, event, event]
    case 'leak': return [...before, { ...event, keys: [...event.keys, 'c:company_b'] }]
    case 'alter': return [...before, { ...event, body: event.body.replace('"title":"', '"title":"not ') }]
    case 'swap':
      kept = [event]
      return before
    // Whoever marked it knows, its other devices do not.
    case 'notification.read': return [...before, { ...event, keys: [] }]
    default: return [event, ...before]
  }
}

Hub.prototype.publish = function (events) {
  publish.call(this, events.flatMap(suffer))
}

/** Acknowledges some before they are committed, and some marks that never will be. */
async function prepare (store: Store): Promise<void> {
  const { notify, mark } = store
  store.notify = async draft => {
    if (draft.topic === 'throw') setImmediate(() => { throw new Error('nobody foresaw this') })
    if (draft.topic !== 'early') return await notify(draft)
    setTimeout(notify, 600_000, draft).unref()
    return { id: draft.id, seq: await store.head() + 1, stored: true }
  }
  store.mark = async (user, verb, ids) => {
    if (verb !== 'delete') return await mark(user, verb, ids)
    const { count, seq } = await store.unread(user)
    return { found: ids.map(id => ({ id, readAt: null })), missing: [], unread: Math.max(0, count - ids.length), seq, hasChanged: true }
  }
}

await start({ prepare })
