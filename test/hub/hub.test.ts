import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { Membership } from '../../src/log/audience.ts'
import { Hub } from '../../src/hub/hub.ts'
import { notification, recorded, textsOf, updated, type Recorded } from './recording.ts'

const alice = { id: 'alice', role: 'admin', company: 'a' }
const bob = { id: 'bob', role: 'user', company: 'a' }
const carol = { id: 'carol', role: 'user', company: 'b' }

function open (seq = 0) {
  const flushes: number[] = []
  const hub = new Hub({ epoch: 'k3v9x0qa', seq, onFlush: ({ deliveries }) => flushes.push(deliveries) })
  const join = (member: Membership, options: Parameters<typeof recorded>[1] = {}): Recorded => {
    const subscriber = recorded(member, options)
    hub.register(subscriber.connection)
    hub.goLive(subscriber.connection, hub.seq)
    return subscriber
  }
  return { hub, join, flushes }
}

test('an event goes to those it addresses, once each', async t => {
  const { hub, join } = open()
  const [a, b, c] = [join(alice), join(bob), join(carol)]
  hub.publish([
    notification(1),
    notification(2, { keys: ['c:a'] }),
    notification(3, { keys: ['r:user'] }),
    notification(4, { keys: ['cr:a/user', 'cr:b/admin'] }),
    notification(5, { keys: ['u:carol', 'u:alice'] })
  ])
  hub.flush()
  t.same(a.seen(), ['n1', 'n2', 'n5'])
  t.same(b.seen(), ['n1', 'n2', 'n3', 'n4'])
  t.same(c.seen(), ['n1', 'n3', 'n5'])
})

test('the events of a turn are one write a socket, in log order', async t => {
  const { hub, join, flushes } = open()
  const b = join(bob)
  hub.publish([notification(1, { keys: ['u:bob'] })])
  hub.publish([notification(2), notification(3, { keys: ['u:bob'] })])
  hub.publish([notification(4, { keys: ['r:user'] }), notification(5, { keys: ['u:alice'] })])
  await nextTurn()
  t.same(b.seen(), ['n1', 'n2', 'n3', 'n4'])
  t.equal(b.wire.writes.length, 1)
  t.same(flushes, [4])
  t.same(textsOf(b.wire.writes[0]!).map(text => (JSON.parse(text) as { cursor: string }).cursor.split('.')[1]), ['1', '2', '3', '4'])
})

test('sockets of a cohort are written the same bytes', async t => {
  const { hub, join } = open()
  const [one, two] = [join(bob), join({ ...bob, id: 'ben' })]
  hub.publish([notification(1), notification(2)])
  hub.flush()
  t.equal(one.wire.writes[0], two.wire.writes[0], 'one buffer, encoded once')
})

test('a topic filter holds back notifications of other topics', async t => {
  const { hub, join } = open()
  const b = join(bob, { topics: new Set(['x']) })
  hub.publish([notification(1, { topic: 'x' }), notification(2, { topic: 'y' }), notification(3), notification(4, { topic: 'y', keys: ['u:bob'] })])
  hub.flush()
  t.same(b.seen(), ['n1', 'n3'])
})

test('a socket is not told of what it did itself, its user\'s others are', async t => {
  const { hub, join } = open()
  const [one, two] = [join(bob, { id: 'one' }), join(bob, { id: 'two' })]
  hub.hold(one.connection)
  hub.publish([notification(1, { kind: 'notification.read', id: null, keys: ['u:bob'], body: '{"ids":[]}' })])
  hub.release(one.connection, { type: 'ok' }, { seq: 1, replacesEvent: true })
  t.same(one.seen(), ['ok'])
  t.same(two.seen(), ['notification.read'])
})

test('a socket that is registered gets nothing before it is live, then what it missed', async t => {
  const { hub } = open(10)
  const { connection, seen, wire } = recorded(bob)
  hub.register(connection)
  hub.publish([notification(11), notification(12, { keys: ['c:b'] })])
  hub.flush()
  hub.publish([notification(13)])
  t.same(seen(), [])
  t.ok(hub.goLive(connection, 10))
  t.same(seen(), ['n11', 'n13'])
  hub.publish([notification(14)])
  hub.flush()
  t.same(seen(), ['n11', 'n13', 'n14'], 'nothing twice, nothing missing')
  t.equal(wire.writes.length, 2)
})

test('a socket that is behind the ring takes a replay first', async t => {
  const { hub } = open(10)
  const { connection } = recorded(bob)
  hub.register(connection)
  t.notOk(hub.goLive(connection, 9))
  t.ok(hub.goLive(connection, 10))
})

test('what has expired is not caught up on', async t => {
  const { hub } = open()
  const { connection, seen } = recorded(bob)
  hub.register(connection)
  hub.publish([notification(1, { expiresAt: Date.now() - 1 }), notification(2, { expiresAt: Date.now() + 60_000 })])
  hub.goLive(connection, 0)
  t.same(seen(), ['n2'])
})

test('a user that moves changes audience at that place in the log', async t => {
  const { hub, join } = open()
  const b = join(bob)
  hub.publish([
    notification(1, { keys: ['c:a'] }),
    notification(2, { keys: ['c:b'] }),
    updated(3, { id: 'bob', role: 'user', company: 'b' }),
    notification(4, { keys: ['c:a'] }),
    notification(5, { keys: ['c:b'] }),
    updated(6, { id: 'bob', role: 'admin', company: null }),
    notification(7, { keys: ['c:b'] }),
    notification(8, { keys: ['r:admin'] })
  ])
  hub.flush()
  t.same(b.seen(), ['n1', 'n5', 'n8'])
})

test('a removed user\'s sockets are closed, after what was sent before', async t => {
  const { hub, join } = open()
  const [b, c] = [join(bob), join(carol)]
  hub.publish([notification(1), updated(2, { id: 'bob' }), notification(3)])
  hub.flush()
  t.same(b.seen(), ['n1'])
  t.equal(b.wire.code, 4401)
  t.same(c.seen(), ['n1', 'n3'])
})

test('a filter changes at one place in the log', async t => {
  const { hub, join } = open()
  const b = join(bob)
  hub.publish([notification(1, { topic: 'y' })])
  t.equal(hub.setTopics(b.connection, new Set(['x'])), 1)
  hub.publish([notification(2, { topic: 'y' }), notification(3, { topic: 'x' })])
  hub.flush()
  t.same(b.seen(), ['n1', 'n3'])
})

test('a socket that is gone gets nothing, and is counted no more', async t => {
  const { hub, join } = open()
  const [one, two] = [join(bob, { id: 'one' }), join(bob, { id: 'two' })]
  t.equal(hub.size, 2)
  hub.remove(one.connection)
  hub.remove(one.connection)
  t.equal(hub.size, 1)
  hub.publish([notification(1), notification(2, { keys: ['u:bob'] })])
  hub.flush()
  t.same(one.seen(), [])
  t.same(two.seen(), ['n1', 'n2'])
  t.same([...hub.connections()].map(({ id }) => id), ['two'])
})

test('a slow reader is closed with 1013 and others are not kept waiting', async t => {
  const { hub, join } = open()
  const [slow, other] = [join(bob, { maxUnsent: 100 }), join(carol)]
  slow.wire.unsent = 101
  hub.publish([notification(1)])
  hub.flush()
  t.equal(slow.wire.code, 1013)
  t.same(slow.seen(), [], 'nothing is dropped in between: it resumes from its cursor')
  t.same(other.seen(), ['n1'])
})

test('users with an open socket are counted once, by any key that addresses them', async t => {
  const { hub, join } = open()
  join(bob, { id: 'one' })
  join(bob, { id: 'two', topics: new Set(['x']) })
  join(carol)
  t.equal(hub.countConnected(['all']), 2)
  t.equal(hub.countConnected(['c:a']), 1)
  t.equal(hub.countConnected(['u:bob', 'u:nobody']), 1)
  t.equal(hub.countConnected(['cr:b/user', 'cr:a/admin']), 1)
  t.equal(hub.countConnected(['c:z']), 0)
})

test('closing sends what is pending', async t => {
  const { hub, join } = open()
  const b = join(bob)
  hub.publish([notification(1)])
  hub.close()
  t.same(b.seen(), ['n1'])
  hub.flush()
  t.equal(b.wire.writes.length, 1)
})
