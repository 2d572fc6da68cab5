import { test } from 'tap'
import { Backoff } from '../../src/client/connection/rules.ts'
import { journal, World } from './world/world.ts'
import { me } from './world/server.ts'

test('waits are random up to a bound that doubles', async t => {
  const backoff = new Backoff(500, 20_000)
  t.same([1, 1, 1, 1, 1, 1, 1, 1].map(chance => backoff.next(chance, 0)), [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000])
  t.equal(backoff.next(0, 0), 0)
  t.equal(backoff.next(0.25, 0), 5_000)
  t.equal(backoff.next(0.25, 7_000), 12_000, 'after what the server asked for')
  t.equal(backoff.next(0, 1e12), 600_000, 'which has a bound: timers have one')
  backoff.opened(100)
  backoff.closed(30_099)
  t.equal(backoff.next(1, 0), 20_000, 'a link of less than 30 s')
  backoff.closed(30_100)
  t.equal(backoff.next(1, 0), 500)
  for (let attempt = 0; attempt < 2000; attempt++) backoff.next(1, 0)
  t.equal(backoff.next(1, 0), 20_000)
})

test('a short link does not make the next wait short', async t => {
  const world = new World()
  const { server, clock } = world
  world.chance = 1
  world.client(t).connect()
  for (const wait of [500, 1000, 2000]) {
    const socket = await server.socket()
    socket.welcome()
    await clock.pass(29_999)
    socket.frame({ type: 'pong' })
    socket.end()
    await clock.pass(wait - 1)
    t.equal(await server.socket(), socket, `not before ${wait}`)
    await clock.pass(1)
    t.not(await server.socket(), socket)
  }
  const socket = await server.socket()
  socket.welcome()
  await clock.pass(24_000)
  socket.frame({ type: 'pong' })
  await clock.pass(6_000)
  socket.end()
  await clock.pass(500)
  t.not(await server.socket(), socket, 'a link of 30 s does')
})

test('options say how long', async t => {
  const world = new World()
  world.chance = 1
  const client = world.client(t, { minReconnectDelay: 10, maxReconnectDelay: 15, timeout: 100 })
  const told = journal(client)
  client.connect()
  await world.clock.pass(100)
  t.same(told, ['connecting 0 connect was called', 'error network'])
  await world.clock.pass(10)
  t.equal(world.server.sockets.length, 2)
  world.server.sockets[1]!.open()
  await world.clock.pass(99)
  t.equal(told.length, 2)
  await world.clock.pass(1)
  t.equal(told.at(-1), 'error network', 'opened, but without a welcome')
  await world.clock.pass(15)
  t.equal(world.server.sockets.length, 3)
})

test('after an upgrade that failed, it asks why', async t => {
  const world = new World()
  const { server, clock } = world
  world.chance = 1
  const client = world.client(t)
  const told = journal(client)
  client.connect()
  const fail = async () => { (await server.socket()).end(); await clock.pass(0) }

  await fail()
  t.match(server.requests, [{ method: 'GET', path: '/api/auth/me', token: server.sockets[0]!.token }])
  t.same(told.splice(0), ['connecting 0 connect was called', 'error network'], 'no answer: nothing more to tell')
  await clock.pass(500)
  t.equal(server.sockets.length, 2, 'with the same token')

  server.answer = () => ({ status: 429, headers: { 'retry-after': '7' }, body: { code: 'BLF_RATE_LIMITED', detail: 'slow' } })
  await fail()
  await clock.pass(7_999)
  t.equal(server.sockets.length, 2)
  await clock.pass(1)
  t.equal(server.sockets.length, 3, '7 s, and up to 1 s')

  server.answer = () => ({ status: 503, text: '<html>', headers: { 'retry-after': 'Thu, 26 Nov 2026 00:00:00 GMT' } })
  await fail()
  await clock.pass(2_000)
  t.equal(server.sockets.length, 4, 'a date needs a clock that is right: it is not waited for')

  server.answer = () => me
  await fail()
  t.same(told.splice(0), ['error network', 'error network', 'error network', 'error blocked'])
  await clock.pass(4_000)
  t.equal(server.sockets.length, 5, 'without another transport, it goes on')
})

test('a server that is not Belfry is said to be none', async t => {
  for (const [name, reply, code] of [
    ['a login page of a network', { status: 200, text: '<html>Welcome to the hotel</html>' }, 'not_belfry'],
    ['other JSON', { status: 200, body: { ok: true } }, 'not_belfry'],
    ['JSON null', { status: 200, body: null }, 'not_belfry'],
    ['a wrong path', { status: 404, text: 'Not Found' }, 'not_belfry'],
    ['a fault', { status: 500, body: { code: 'BLF_INTERNAL', detail: 'oops' } }, 'BLF_INTERNAL']
  ] as const) {
    const world = new World()
    world.server.answer = () => reply
    const client = world.client(t)
    const told = journal(client)
    client.connect()
    ;(await world.server.socket()).end()
    await world.clock.pass(0)
    t.equal(told.at(-1), `error ${code}`, name)
    t.equal(client.state, 'connecting', name)
    await world.clock.pass(250)
    t.equal(world.server.sockets.length, 2, `${name}: it may pass`)
  }
})

test('an answer that comes after disconnect changes nothing', async t => {
  const world = new World()
  let reply = (_answer: typeof me) => {}
  world.server.answer = () => new Promise(resolve => { reply = resolve })
  const client = world.client(t)
  client.connect()
  ;(await world.server.socket()).end()
  await world.clock.pass(0)
  client.disconnect()
  const told = journal(client)
  reply(me)
  await world.clock.pass(60_000)
  t.same(told, [])
  t.equal(world.server.sockets.length, 1)
})

test('without WebSockets it says so', async t => {
  const world = new World()
  const client = world.client(t, { websocket: class { constructor () { throw new Error('not allowed by the page') } } as never })
  const reasons: string[] = []
  client.on('error', ({ reason }) => reasons.push(reason))
  client.connect()
  await world.clock.pass(0)
  t.same(reasons, ['websocket: Error: not allowed by the page'])
})
