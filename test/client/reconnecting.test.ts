import { test } from 'tap'
import { answerOf } from '../../src/client/shared/answer.ts'
import { backoff } from '../../src/client/shared/backoff.ts'
import { journal, World } from './world/world.ts'
import { me, refused } from './world/server.ts'

test('waits are random up to a bound that doubles', async t => {
  const bounds = { minReconnectDelay: 500, maxReconnectDelay: 20_000 }
  t.same([0, 1, 2, 3, 4, 5, 6, 7, 2000].map(attempt => backoff(bounds, 1, attempt)), [500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000, 20_000])
  t.same([backoff(bounds, 0, 7), backoff(bounds, 0.25, 7)], [0, 5_000])
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

  const date = (seconds: number) => new Date(seconds * 1000).toUTCString()
  server.answer = () => ({ status: 503, text: '<html>', headers: { date: date(10), 'retry-after': date(30) } })
  await fail()
  await clock.pass(20_000)
  t.equal(server.sockets.length, 3, 'a date, by the clock of who gave it')
  await clock.pass(2_000)
  t.equal(server.sockets.length, 4)

  server.answer = () => me
  await fail()
  t.same(told.splice(0), ['error BLF_RATE_LIMITED', 'error network', 'error network'], 'the server may just have come back')
  for (const [count, wait] of [[5, 4_000], [6, 8_000]] as const) {
    await clock.pass(wait)
    t.equal(server.sockets.length, count, 'without another transport, it goes on')
    await fail()
    t.same(told.splice(0), ['error blocked'])
  }
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

test('an upgrade that the server itself refused is not blocked', async t => {
  const world = new World()
  const { server, clock } = world
  const client = world.client(t)
  const told = journal(client)
  // A browser hides the 429 or 503, and nothing is wrong with the token.
  const busy = { status: 429, headers: { 'retry-after': '7' }, body: { code: 'BLF_TOO_MANY_SOCKETS', detail: 'too many' } }
  server.answer = ({ path }) => path === '/ws/notifications' ? busy : me
  client.connect()
  for (let round = 0; round < 3; round++) {
    (await server.socket()).end()
    await clock.pass(6_999)
    t.equal(server.sockets.length, round + 1)
    await clock.pass(5_000)
  }
  t.same(told, ['connecting 0 connect was called', ...Array(3).fill('error BLF_TOO_MANY_SOCKETS')])
  t.same(server.requests.map(({ path }) => path), Array(3).fill(['/api/auth/me', '/ws/notifications']).flat())
})

test('a token that is refused says that, and nothing before', async t => {
  const world = new World()
  world.server.answer = () => refused
  const client = world.client(t)
  const told = journal(client)
  client.connect()
  ;(await world.server.socket()).end()
  await world.clock.pass(0)
  t.same(told, ['connecting 0 connect was called', 'disconnected 4401 the token was refused'])
})

test('when to come back is read in seconds, and as a date', async t => {
  const answer = async (headers: Record<string, string>) => (await answerOf(new Response('', { headers }))).retryAfter
  const date = (ms: number) => new Date(ms).toUTCString()
  for (const [value, ms] of [['7', 7000], ['0', 0], ['1.5', undefined], ['-1', undefined], ['soon', undefined], ['', undefined], [date(60_000), undefined]] as const) t.equal(await answer({ 'retry-after': value }), ms, value)
  t.equal(await answer({ 'retry-after': date(60_000), date: date(50_000) }), 10_000, 'a clock that is wrong does not matter')
  const own = await answer({ 'retry-after': date(Date.now() + 60_000) }) ?? 0
  t.ok(own > 50_000 && own <= 60_000, 'where the server does not say its time, this one counts')
  t.equal(await answer({}), undefined)
})
