import { test } from 'tap'
import { cursor, journal, notification, settled, token, World } from './world/world.ts'

test('connects, receives and disconnects', async t => {
  const world = new World()
  const { server } = world
  const client = world.client(t, { topics: ['billing', 'news'], device: 'phone' })
  const told = journal(client, 'notification')
  t.equal(client.state, 'disconnected')
  t.same(server.sockets, [], 'nothing happens by itself')
  client.connect()
  t.equal(client.state, 'connecting')
  const socket = await server.socket()
  t.equal(socket.url.href, 'wss://belfry.test/ws/notifications?topics=billing%2Cnews&device=phone')
  t.same(socket.protocols, ['belfry.v1', `bearer.${token('alice')}`])
  const ready = client.ready()
  socket.welcome()
  await ready
  t.equal(client.state, 'connected')
  t.equal(client.user, 'alice')
  socket.frame(notification(2))
  client.disconnect()
  t.ok(socket.isClosed)
  socket.frame(notification(3))
  t.same(told, ['connecting 0 connect was called', 'connected websocket', 'notification n2', 'disconnected 1000 disconnect was called'])
})

test('resumes from the last cursor, and takes nothing twice', async t => {
  const world = new World()
  const { server, clock } = world
  const client = world.client(t)
  const told = journal(client, 'notification', 'caught_up')
  client.connect()
  const first = await server.socket()
  t.equal(first.since, null)
  first.welcome(cursor(9))
  for (const seq of [10, 11, 11, 10, 35, 36]) first.frame(notification(seq))
  first.end(1012, 'restart')
  t.equal(client.state, 'connecting')
  await clock.pass(250)
  const second = await server.socket()
  t.equal(second.since, cursor(36), 'z and 10: numbers of base 36 are compared as such')
  second.welcome()
  for (const seq of [36, 37]) second.frame(notification(seq))
  second.frame({ type: 'caught_up', cursor: cursor(37), payload: { count: 1 } })
  t.same(told, [
    'connecting 0 connect was called', 'connected websocket', 'notification n10', 'notification n11', 'notification n35', 'notification n36',
    'connecting 1012 restart', 'connected websocket', 'notification n37', 'caught_up'
  ])
  client.disconnect()
  client.connect()
  t.equal((await server.socket()).since, cursor(37), 'also after a disconnect')
})

test('a gap, and a first welcome, may go back', async t => {
  const world = new World()
  const client = world.client(t)
  const told = journal(client, 'notification', 'gap')
  client.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(50))
  socket.frame({ type: 'gap', cursor: cursor(5), payload: { reason: 'future' } })
  socket.frame(notification(6))
  socket.frame({ type: 'gap', cursor: 'zzzzzzzz.1', payload: { reason: 'epoch' } })
  socket.frame({ ...notification(7), cursor: 'zzzzzzzz.2' })
  t.same(told.slice(2), ['gap future', 'notification n6', 'gap epoch', 'notification n7'])
  socket.end()
  await world.clock.pass(500)
  t.equal((await world.server.socket()).since, 'zzzzzzzz.2')
})

test('a control frame with an earlier cursor is told, and moves nothing back', async t => {
  const world = new World()
  const client = world.client(t)
  const told = journal(client, 'subscribed')
  client.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(1))
  socket.frame(notification(20))
  socket.frame({ type: 'subscribed', cursor: cursor(10), payload: { topics: [] } })
  socket.end()
  await world.clock.pass(500)
  t.equal((await world.server.socket()).since, cursor(20))
  t.ok(told.includes('subscribed'))
})

test('the table of close codes says whether to come back', async t => {
  for (const [code, state] of Object.entries({ 1001: 'connecting', 1006: 'connecting', 1011: 'connecting', 1013: 'connecting', 4429: 'connecting', 3999: 'connecting', 1002: 'disconnected', 4400: 'disconnected', 4403: 'disconnected', 4408: 'disconnected' })) {
    const world = new World()
    const client = world.client(t)
    const told = journal(client)
    client.connect()
    const socket = await world.server.socket()
    socket.welcome()
    socket.end(Number(code), 'why')
    t.equal(client.state, state, code)
    t.equal(told.at(-1), `${state} ${code} why`)
    await world.clock.pass(1000)
    t.equal(world.server.sockets.length, state === 'connecting' ? 2 : 1, code)
  }
})

test('an end with a reason before the welcome is told, and asked about no further', async t => {
  for (const [code, last] of [[1013, 'error network'], [4401, 'disconnected 4401 the token was refused'], [4403, 'disconnected 4403 why']] as const) {
    const world = new World()
    const client = world.client(t)
    const told = journal(client)
    client.connect()
    const socket = await world.server.socket()
    socket.open()
    socket.end(code, 'why')
    await world.clock.pass(0)
    t.same(told, ['connecting 0 connect was called', last])
    t.same(world.server.requests, [])
  }
})

test('calls after disconnect, and listeners that disconnect or connect', async t => {
  const world = new World()
  const { server, clock } = world
  const client = world.client(t)
  client.disconnect()
  t.equal(client.state, 'disconnected', 'before connect')
  await t.rejects(client.ready(), { code: 'disconnected' })
  client.connect()
  client.connect()
  const waits = t.rejects(client.ready(), { code: 'disconnected', message: /disconnect was called/ })
  client.disconnect()
  client.disconnect()
  await waits
  await clock.pass(60_000)
  t.equal(server.sockets.length, 0, 'what was begun is not finished')
  client.connect()
  const socket = await server.socket()
  const end = client.on('connected', () => client.disconnect())
  const seen: string[] = []
  client.on('welcome', () => seen.push('welcome'))
  socket.welcome()
  t.same(seen, [], 'nothing is told after disconnect')
  end()
  client.on('disconnected', () => client.connect())
  client.connect()
  await settled()
  client.disconnect()
  t.equal(client.state, 'connecting', 'connect in a listener of disconnected')
  const before = server.sockets.length
  await clock.pass(1)
  t.equal(server.sockets.length, before + 1)
  t.equal(clock.waiting, 1, 'one timer, for the socket that is being opened')
})

test('a listener that throws is reported, and stops nobody', async t => {
  const world = new World()
  const client = world.client(t)
  const faults: unknown[] = []
  t.capture(globalThis, 'queueMicrotask', (fn: () => void) => { try { fn() } catch (error) { faults.push(error) } })
  const seen: string[] = []
  client.on('notification', () => { throw new Error('mine') })
  const end = client.on('notification', ({ payload }) => seen.push(payload.id))
  client.connect()
  const socket = await world.server.socket()
  socket.welcome()
  socket.frame(notification(2))
  end()
  socket.frame(notification(3))
  t.same(seen, ['n2'])
  t.match(faults, [{ message: 'mine' }, { message: 'mine' }])
  t.equal(client.state, 'connected')
})
