import { test, type Test } from 'tap'
import { Belfry, webSocket } from '../../../src/client/index.ts'
import type { BelfryOptions } from '../../../src/client/options.ts'
import { sse } from '../../../src/client/sse.ts'
import { call, hello, mint, people, serve } from '../../helper.ts'
import { within } from '../../within.ts'
import { begin } from '../tabs/begin.ts'
import { me, type FakeServer, type FakeSocket } from '../world/server.ts'
import { cursor, notification, World } from '../world/world.ts'

const acks = (socket: FakeSocket) => socket.sent.filter(({ type }) => type === 'ack').map(({ payload }) => payload.cursor)
const posts = (server: FakeServer) => server.requests.filter(({ path }) => path === '/api/notifications/ack').map(({ body }) => body)

async function connected (t: Test, options: BelfryOptions = {}, welcome = {}) {
  const world = new World()
  const client = world.client(t, { device: 'phone', ...options })
  client.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(1), welcome)
  const take = (...seqs: number[]) => { for (const seq of seqs) socket.frame(notification(seq)) }
  return { ...world, clock: world.clock, server: world.server, client, socket, take }
}

test('the first frames are acknowledged within a second, then what came in five', async t => {
  const { clock, socket, take, server } = await connected(t)
  await clock.pass(10_000)
  t.same(acks(socket), [], 'a welcome brings nothing')
  take(2, 3)
  t.same(acks(socket), [], 'not by each frame')
  await clock.pass(1_000)
  t.same(acks(socket), [cursor(3)])
  socket.frame({ type: 'ok', reply_to: 'ack', cursor: cursor(4), payload: { cursor: cursor(3) } })
  socket.frame({ type: 'ok', reply_to: 'other', cursor: cursor(4), payload: {} })
  await clock.pass(60_000)
  t.same(acks(socket), [cursor(3)], 'answers are not acknowledged')
  take(5)
  await clock.pass(1_000)
  take(6)
  await clock.pass(3_499)
  take(7)
  t.same(acks(socket).slice(1), [cursor(5)])
  await clock.pass(1_001)
  t.same(acks(socket).slice(1), [cursor(5), cursor(7)])
  t.same(posts(server), [])
})

test('what a link brought last is said before it is closed, and over REST if it was lost', async t => {
  const { clock, server, client, socket, take } = await connected(t)
  server.answer = () => ({ status: 200, body: {} })
  take(2)
  client.disconnect()
  t.same(acks(socket), [cursor(2)])
  for (const [seq, isAnswered] of [[4, false], [8, true]] as const) {
    client.connect()
    const link = await server.socket()
    link.welcome()
    for (const next of [seq, seq + 1]) {
      link.frame(notification(next))
      await clock.pass(10_000)
    }
    if (isAnswered) link.frame({ type: 'ok', reply_to: 'ack', payload: { cursor: cursor(seq + 1) } })
    link.end()
    await clock.pass(10_000)
    const again = await server.socket()
    again.welcome()
    await clock.pass(10_000)
    t.same(acks(again), [])
    client.disconnect()
  }
  t.same(posts(server), [{ cursor: cursor(2), device: 'phone' }, { cursor: cursor(5), device: 'phone' }], 'unless it is known to be written')
})

test('what was written over REST is not said again, nor nothing in its place', async t => {
  const { clock, server, socket, take } = await connected(t)
  server.answer = ({ path }) => path === '/api/notifications/ack' ? { status: 200, body: {} } : me
  take(2)
  await clock.pass(1_000)
  take(3)
  socket.end()
  await clock.pass(500)
  const again = await server.socket()
  again.welcome()
  again.frame({ type: 'caught_up', cursor: cursor(3), payload: { count: 0 } })
  await clock.pass(10_000)
  t.same(posts(server), [{ cursor: cursor(3), device: 'phone' }])
  t.same(acks(again), [])
  again.frame(notification(4))
  await clock.pass(1_000)
  t.same(acks(again), [cursor(4)], 'what comes next is said at once')
})

test('after a gap nothing from before it is acknowledged', async t => {
  const { clock, socket, take } = await connected(t)
  take(2)
  socket.frame({ type: 'gap', cursor: cursor(9), payload: { reason: 'expired' } })
  await clock.pass(1_000)
  t.same(acks(socket), [cursor(9)])
})

test('not without a device, with a filter of topics, for an API key, nor by a tab that listens', async t => {
  for (const [options, welcome] of [[{ device: undefined }], [{ topics: ['a'] }], [{}, { user: undefined, key: { id: 'k', name: 'k' } }], [{ topics: ['*'] }]] as const) {
    const { clock, socket, take } = await connected(t, options as BelfryOptions, welcome)
    take(2)
    await clock.pass(10_000)
    t.same(acks(socket), 'topics' in options && options.topics[0] === '*' ? [cursor(2)] : [])
  }
  const { clock, server } = await begin(t, 2, { device: 'phone' })
  server.sockets[0]!.frame(notification(2))
  await clock.pass(10_000)
  t.equal(server.sockets.length, 1)
  t.same([acks(server.sockets[0]!), posts(server)], [[cursor(2)], []], 'once for all tabs')
})

test('a report says delivered of what came by a socket and by a stream', async t => {
  const { app, base } = await serve(t)
  for (const [user, transport] of [['alice', webSocket], ['bob', sse]] as const) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const fetchAndTell: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      if (String(url).endsWith('/ack') && response.ok) resolve()
      return response
    }
    const client = new Belfry(base, { token: mint(people[user]), device: 'phone', transports: [transport], fetch: fetchAndTell })
    t.teardown(() => client.disconnect())
    client.on('ok', ({ reply_to: id }) => { if (id === 'ack') resolve() })
    client.connect()
    await client.ready()
    const { body: { id } } = await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, audience: { users: [user] } })
    t.match((await call(app, people.root, 'GET', `/api/reports/${id}`)).body, { recipients: 1, delivered: 0 })
    await within(promise, 'the ack')
    t.match((await call(app, people.root, 'GET', `/api/reports/${id}`)).body, { recipients: 1, delivered: 1, seen: 0 }, transport.name)
  }
})
