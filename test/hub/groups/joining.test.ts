import { test } from 'tap'
import { audienceKey, type Membership } from '../../../src/log/audience.ts'
import type { LogEvent } from '../../../src/log/event.ts'
import { attach } from '../../../src/hub/attach.ts'
import { Hub } from '../../../src/hub/hub.ts'
import { notification, recorded, updated } from '../recording.ts'

const GROUP = audienceKey.group({ company: null, group: 'project' })
const bob = { id: 'bob', role: 'user', company: 'a' }

/** A store that knows the log up to event 6, of which the hub has been given 3 only; bob has gained a key with event 5. */
function nodeBehindItsStore (key: string, move: LogEvent) {
  const hub = new Hub({ epoch: 'k3v9x0qa', seq: 3 })
  const log = [notification(4, { keys: [key] }), move, notification(6, { keys: [key] })]
  const waiting: { seq: number, resolve: () => void }[] = []
  const services = {
    log: { replay: async (_userId: string, after: number, upTo: number) => ({ events: log.filter(({ kind, seq }) => kind === 'notification' && seq > 5 && seq > after && seq <= upTo), upTo }) },
    reached: (seq: number) => new Promise<void>(resolve => { if (hub.seq >= seq) resolve(); else waiting.push({ seq, resolve }) }),
    joined: async () => new Map([[audienceKey.all, 0], [audienceKey.user('bob'), 0], [key, 5]]),
    mutes: async () => ({ seq: 3, settings: [], formerCompanies: [], quietUntil: null }),
    unread: async () => ({ count: 0, unseen: 0, seq: 3, floor: 0 })
  }
  const tell = (event: LogEvent) => {
    hub.publish([event])
    hub.flush()
    for (const { seq, resolve } of waiting) if (hub.seq >= seq) resolve()
  }
  return { hub, log, services, tell }
}

async function open (key: string, move: LogEvent, membership: Membership): Promise<string[]> {
  const { hub, log, services, tell } = nodeBehindItsStore(key, move)
  const { connection, seen } = recorded(bob)
  const profile = { user: { id: 'bob', role: 'user', created_at: '2026-01-31T12:00:00.000Z' } }
  const attached = attach(connection, { hub, services, heartbeatSeconds: 25, currentSubscriber: async () => ({ membership, profile }) })
  // Whatever needs no event of the hub is done.
  await new Promise(resolve => setImmediate(resolve))
  for (const event of log) tell(event)
  await attached
  hub.flush()
  return seen()
}

test('what was sent to a group before its member joined does not come, though the store knows of the joining first', async t => {
  const joined = { ...updated(5, { id: 'bob' }), kind: 'members.changed' as const, body: JSON.stringify({ joined: { [GROUP]: ['bob'] }, left: {} }) }
  t.same(await open(GROUP, joined, bob), ['welcome', 'n6'])
})

test('the same for who has come to a company', async t => {
  const moved = { ...bob, company: 'b' }
  t.same(await open(audienceKey.company('b'), updated(5, moved), moved), ['welcome', 'n6'])
})
