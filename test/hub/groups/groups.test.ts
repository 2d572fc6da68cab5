import { test } from 'tap'
import { audienceKey, type Membership } from '../../../src/log/audience.ts'
import type { LogEvent, MembersChanged } from '../../../src/log/event.ts'
import { Hub } from '../../../src/hub/hub.ts'
import { notification, recorded, updated, type Recorded } from '../recording.ts'

const alice = { id: 'alice', role: 'admin', company: 'a' }
const bob = { id: 'bob', role: 'user', company: 'a' }
const ben = { id: 'ben', role: 'user', company: 'a' }
const carol = { id: 'carol', role: 'user', company: 'b' }
const [X, Y, GLOBAL] = [audienceKey.group({ company: 'a', group: 'x' }), audienceKey.group({ company: 'a', group: 'y' }), audienceKey.group({ company: null, group: 'x' })]

function open () {
  const flushes: number[] = []
  const hub = new Hub({ epoch: 'k3v9x0qa', seq: 0, onFlush: ({ deliveries }) => flushes.push(deliveries) })
  const register = (member: Membership, groups: string[] = [], options: Parameters<typeof recorded>[1] = {}): Recorded => {
    const subscriber = recorded(member, options)
    hub.register(subscriber.connection)
    subscriber.connection.setJoined(new Map(groups.map(key => [key, 0])))
    return subscriber
  }
  const join = (...args: Parameters<typeof register>): Recorded => {
    const subscriber = register(...args)
    hub.goLive(subscriber.connection, hub.seq)
    return subscriber
  }
  return { hub, join, register, flushes }
}

function changed (seq: number, { joined = {}, left = {} }: Partial<MembersChanged>): LogEvent {
  return { seq, kind: 'members.changed', id: null, keys: [], topic: null, at: 0, expiresAt: null, body: JSON.stringify({ joined, left }) }
}
const removed = (seq: number, key: string): LogEvent => ({ ...changed(seq, {}), kind: 'group.removed', body: JSON.stringify({ key }) })

test('an event to groups goes to the sockets of their members, once each', async t => {
  const { hub, join, flushes } = open()
  const [a, b, other, c] = [join(alice, [X, Y]), join(bob, [Y]), join(ben), join(carol, [GLOBAL])]
  hub.publish([notification(1, { keys: [X, Y] }), notification(2, { keys: [X] }), notification(3), notification(4, { keys: [GLOBAL] }), notification(5, { keys: [Y, X] })])
  hub.flush()
  t.same([a.seen(), b.seen(), other.seen(), c.seen()], [['n1', 'n2', 'n3', 'n5'], ['n1', 'n3', 'n5'], ['n3'], ['n3', 'n4']])
  t.same([a, b, c].map(({ wire }) => wire.writes.length), [1, 1, 1], 'in one write')
  t.same(flushes, [10])
  t.equal(hub.countConnected([X, Y]), 2)
  t.equal(hub.countConnected(['all', '!u:bob', '!u:nobody']), 3)
})

test('sockets that get the same events share one buffer, whatever else their cohorts get', async t => {
  const { hub, join } = open()
  const [a, b, c] = [join(bob, [X]), join({ ...bob, id: 'bert' }, [X]), join(ben, [Y])]
  hub.publish([notification(1, { keys: [X] }), notification(2, { keys: [X] })])
  hub.flush()
  t.equal(a.wire.writes[0], b.wire.writes[0])
  hub.publish([notification(3, { keys: [X, Y] }), notification(4, { keys: ['c:a'] }), notification(5, { keys: [X] })])
  hub.flush()
  t.equal(a.wire.writes[1], b.wire.writes[1])
  t.same([a.seen(), c.seen()], [['n1', 'n2', 'n3', 'n4', 'n5'], ['n3', 'n4']])
  const filtered = join({ ...bob, id: 'bill' }, [X], { topics: new Set(['x']) })
  hub.publish([notification(6, { keys: [X], topic: 'y' }), notification(7, { keys: [X], topic: 'x' })])
  hub.flush()
  t.same(filtered.seen(), ['n7'])
})

test('whom an audience excludes gets nothing of it, on none of their sockets', async t => {
  const { hub, join, flushes } = open()
  const [phone, laptop, a] = [join(bob, [X]), join(bob, [X], { id: 'laptop' }), join(ben, [X])]
  hub.publish([
    notification(1, { keys: ['c:a', '!u:bob'] }), notification(2, { keys: [X, Y, '!u:bob'] }), notification(3), notification(4, { keys: ['u:ben', '!u:bob', '!u:nobody'] }), notification(5, { keys: ['c:b', '!u:bob'] })
  ])
  hub.flush()
  t.same([phone.seen(), laptop.seen(), a.seen()], [['n3'], ['n3'], ['n1', 'n2', 'n3', 'n4']])
  hub.publish([notification(6, { keys: ['all', '!u:bob'] })])
  hub.flush()
  t.equal(phone.wire.writes.length, 1, 'not even an empty write')
  t.same(flushes, [6, 1])
  const back = join(bob, [X], { id: 'back' })
  t.equal(hub.recent(back.connection, 0, 6)!.count, 1, 'nor when it comes back')
  t.equal(hub.recent(a.connection, 0, 6)!.count, 5)
})

test('a change of members holds between the event before it and the one after', async t => {
  const { hub, join } = open()
  const [a, b] = [join(bob, [X]), join(ben)]
  hub.publish([notification(1, { keys: [X] }), changed(2, { joined: { [X]: ['ben'], [Y]: ['ben'] }, left: { [X]: ['bob'] } }), notification(3, { keys: [X] }), notification(4, { keys: [X, Y] })])
  hub.flush()
  t.same([a.seen(), b.seen()], [['n1'], ['n3', 'n4']])
  t.equal(hub.recent(b.connection, 0, 4), undefined, 'what it missed before the change only the store can tell')
  hub.publish([removed(5, X), notification(6, { keys: [X] }), notification(7, { keys: [Y] })])
  hub.flush()
  t.same([a.seen(), b.seen()], [['n1'], ['n3', 'n4', 'n7']])
})

test('a move ends the groups of the former company', async t => {
  const { hub, join } = open()
  const a = join(bob, [X, GLOBAL])
  hub.publish([updated(1, { ...bob, role: 'editor' }), notification(2, { keys: [X] }), updated(3, { ...bob, company: 'b' }), notification(4, { keys: [X] }), notification(5, { keys: [GLOBAL] })])
  hub.flush()
  t.same(a.seen(), ['n2', 'n5'])
})

test('changes while a socket attaches are newer than what it reads of the store', async t => {
  const { hub } = open()
  const { connection, seen } = recorded(bob)
  hub.register(connection)
  hub.publish([changed(1, { joined: { [X]: ['bob'] } }), changed(2, { left: { [Y]: ['bob'] } })])
  connection.setJoined(new Map([[Y, 0], [GLOBAL, 0]]))
  hub.goLive(connection, hub.seq)
  hub.publish([notification(3, { keys: [X] }), notification(4, { keys: [Y] }), notification(5, { keys: [GLOBAL] })])
  hub.flush()
  t.same(seen(), ['n3', 'n5'])
})

test('an edit reaches the members who have the original', async t => {
  const { hub, join } = open()
  const [a, b] = [join(bob, [X]), join(ben)]
  hub.publish([notification(1, { keys: [X, Y] }), changed(2, { joined: { [Y]: ['ben'] } })])
  hub.publish([notification(3, { id: 'edit', kind: 'notification.updated', keys: [X, Y], originSeq: 1 }), notification(4, { keys: [Y] })])
  hub.flush()
  t.same([a.seen(), b.seen()], [['n1', 'notification.updated'], ['n4']])
})

test('a socket that is gone is a member of nothing', async t => {
  const { hub, join } = open()
  const [a] = [join(bob, [X])]
  hub.remove(a.connection)
  hub.publish([notification(1, { keys: [X] }), changed(2, { joined: { [X]: ['bob'] } }), notification(3, { keys: [X] })])
  hub.flush()
  t.same(a.seen(), [])
  t.equal(hub.countConnected([X]), 0)
})
