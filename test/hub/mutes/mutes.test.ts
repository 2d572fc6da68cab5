import { test } from 'tap'
import { Hub } from '../../../src/hub/hub.ts'
import type { SharedSettings } from '../../../src/hub/mutes/mutes.ts'
import { audienceKey, keysOfCohort } from '../../../src/log/audience.ts'
import type { LogEvent, TopicsChanged } from '../../../src/log/event.ts'
import { RANK } from '../../../src/log/mutes.ts'
import { notification, recorded, updated, type Recorded } from '../recording.ts'

const OFF = { isOn: false, rank: RANK.user }
const ON = { isOn: true, rank: RANK.user }
const off = (topic: string, after: number, upTo = Infinity, rank: number = RANK.user) => ({ topic, after, upTo, isOn: false, rank })

/** The log's word that something else is said of topics. */
function changed (seq: number, scope: string, topics: TopicsChanged['topics']): LogEvent {
  return { seq, kind: 'topics.changed', id: null, keys: [], topic: null, at: 0, expiresAt: null, body: JSON.stringify({ scope, topics }) }
}

const sent = (seq: number, topic: string | null = 'news', keys = ['all']) => notification(seq, { topic, keys })
const edited = (seq: number, originSeq: number) => notification(seq, { kind: 'notification.updated', topic: 'news', originSeq, body: JSON.stringify({ id: `n${originSeq}` }) })

/** Users of company a, whose sockets are live after the event `at`. */
function open (hub: Hub, ids: string[], { at = 0, settings = [] as ReturnType<typeof off>[], company = 'a' } = {}): Record<string, Recorded> {
  return Object.fromEntries(ids.map(id => {
    const membership = { id, role: 'user', company }
    const socket = recorded(membership)
    hub.register(socket.connection)
    socket.connection.setJoined(new Map([audienceKey.user(id), ...keysOfCohort(membership)].map(key => [key, 0])))
    socket.connection.setMutes({ seq: at, settings: settings.map(setting => ({ ...setting })), formerCompanies: [] })
    hub.goLive(socket.connection, at)
    return [id, socket]
  }))
}

const newHub = (settings?: SharedSettings, seq = 0) => new Hub({ epoch: 'k3v9x0qa', seq, ...settings ? { settings } : {} })
function publish (hub: Hub, ...events: LogEvent[]): void {
  hub.publish(events)
  hub.flush()
}

test('what a user mutes does not come, on any device, until it is on again', async t => {
  const hub = newHub()
  const { bob, ben } = open(hub, ['bob', 'ben']) as { bob: Recorded, ben: Recorded }
  const { bob: phone } = open(hub, ['bob']) as { bob: Recorded }
  // All in one turn: each is judged at its own place.
  publish(hub, sent(1), changed(2, 'u:bob', { news: OFF }), sent(3), sent(4, 'orders'), sent(5, null), sent(6, 'news', ['u:bob']), changed(7, 'u:bob', { news: null }), sent(8))
  for (const { seen } of [bob, phone]) t.same(seen(), ['n1', 'n4', 'n5', 'n8'])
  t.same(ben.seen(), ['n1', 'n3', 'n4', 'n5', 'n8'])
})

test('an edit of what was muted does not come, one of what was not does', async t => {
  const hub = newHub()
  const { bob, ben } = open(hub, ['bob', 'ben']) as { bob: Recorded, ben: Recorded }
  publish(hub, sent(1), changed(2, 'u:bob', { news: OFF }), sent(3), edited(4, 1), edited(5, 3), changed(6, 'u:bob', { news: null }), edited(7, 3), edited(8, 1))
  const edits = ({ seen }: Recorded) => seen().filter(kind => kind === 'notification.updated').length
  t.same([edits(bob), edits(ben)], [2, 4])
})

test('defaults and locks of the operator and the company hold for whole cohorts, but for those who chose otherwise', async t => {
  const hub = newHub({ seq: 0, settings: [{ scope: 'all', ...off('news', 0, Infinity, RANK.operator) }] })
  const a = open(hub, ['bob', 'ben'])
  const { carol } = open(hub, ['carol'], { company: 'b' }) as { carol: Recorded }
  publish(hub,
    sent(1), changed(2, 'u:bob', { news: ON }), sent(3),
    changed(4, 'c:a', { news: { isOn: false, rank: RANK.companyLock } }), sent(5), changed(6, 'c:b', { news: { isOn: true, rank: RANK.company } }), sent(7),
    changed(8, 'all', { news: { isOn: true, rank: RANK.operatorLock } }), sent(9), changed(10, 'all', { news: null }), changed(11, 'c:a', { news: null }), sent(12))
  t.same(a['bob']!.seen(), ['n3', 'n9', 'n12'])
  t.same(a['ben']!.seen(), ['n9', 'n12'])
  t.same(carol.seen(), ['n7', 'n9', 'n12'])
})

test('the company is the one at the place of the original', async t => {
  const hub = newHub({ seq: 0, settings: [{ scope: 'c:a', ...off('news', 0, Infinity, RANK.company) }] })
  const { bob } = open(hub, ['bob']) as { bob: Recorded }
  const { carol } = open(hub, ['carol'], { company: 'b' }) as { carol: Recorded }
  publish(hub, sent(1), updated(2, { id: 'bob', role: 'user', company: 'b' }), updated(3, { id: 'carol', role: 'user', company: 'a' }), sent(4), edited(5, 1), edited(6, 4))
  t.same([bob.seen(), carol.seen()], [['n4', 'notification.updated'], ['n1', 'notification.updated']])
})

test('members who mute the same share one buffer, and so do those who mute nothing', async t => {
  const hub = newHub()
  const ids = ['a1', 'a2', 'b1', 'b2']
  const muted = open(hub, ids, { settings: [off('news', 0)] })
  const others = open(hub, ['c1', 'c2'])
  publish(hub, sent(1), sent(2, 'orders'), sent(3, 'else'))
  t.equal(new Set(ids.map(id => muted[id]!.wire.writes[0])).size, 1)
  t.equal(muted['a1']!.wire.writes.length, 1)
  t.equal(others['c1']!.wire.writes[0], others['c2']!.wire.writes[0])
  t.same([muted['b2']!.seen(), others['c2']!.seen()], [['n2', 'n3'], ['n1', 'n2', 'n3']])
  t.same(ids.map(id => muted[id]!.connection.cohort === others['c1']!.connection.cohort), ids.map(() => true), 'and one cohort')
})

test('who resumes from memory is judged at each event\'s place, and shares with who is like them', async t => {
  const hub = newHub()
  publish(hub, sent(1), changed(2, 'u:bob', { news: OFF }), sent(3), edited(4, 3), edited(5, 1), changed(6, 'u:bob', { news: null }), edited(7, 3), sent(8))
  const known = [off('news', 2, 6)]
  const sockets = [...['bob', 'bob'].map(id => open(hub, [id], { at: 8, settings: known })[id]!), ...['ben', 'dan'].map(id => open(hub, [id], { at: 8 })[id]!)]
  const backlogs = sockets.map(({ connection }) => hub.recent(connection, 0, 8)!)
  t.same(backlogs.map(({ count }) => count), [3, 3, 6, 6])
  t.equal(backlogs[0]!.chunks[0], backlogs[1]!.chunks[0])
  t.equal(backlogs[2]!.chunks[0], backlogs[3]!.chunks[0])
})

test('what changes while the store is asked is not lost, and what the store knows already is not told twice', async t => {
  const hub = newHub()
  const socket = recorded({ id: 'bob', role: 'user', company: 'a' })
  hub.register(socket.connection)
  publish(hub, changed(1, 'u:bob', { news: OFF }), changed(2, 'u:bob', { news: null }), changed(3, 'u:bob', { orders: OFF }))
  // Read between the first and the second.
  socket.connection.setMutes({ seq: 1, settings: [off('news', 1)], formerCompanies: [] })
  hub.goLive(socket.connection, 3)
  publish(hub, sent(4), sent(5, 'orders'))
  t.same(socket.seen(), ['n4'])
})
