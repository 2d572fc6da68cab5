import { test, type Test } from 'tap'
import { webSocket } from '../../src/client/connection/websocket.ts'
import type { BelfryOptions } from '../../src/client/options.ts'
import type { LinkEvents, Target, Transport } from '../../src/client/connection/transport.ts'
import { cursor, journal, notification, token, World } from './world/world.ts'
import { me, never } from './world/server.ts'

const welcomeFrame = (target: Target) => JSON.stringify({ type: 'welcome', cursor: target.since ?? cursor(1), payload: { connection_id: 's', unread_count: 0, unseen_count: 0, heartbeat_interval: 15, resume: target.since === undefined ? 'none' : 'complete' } })

/** A transport that takes no frames, as SSE; its other end is the test. */
class OneWay implements Transport {
  readonly name = 'one-way'
  readonly opened: { target: Target, events: LinkEvents, isClosed: boolean }[] = []

  open (target: Target, events: LinkEvents) {
    const link = { target, events, isClosed: false, close () { this.isClosed = true } }
    this.opened.push(link)
    return link
  }

  welcome (): void {
    const { target, events } = this.opened.at(-1)!
    events.onOpen()
    events.onText(welcomeFrame(target))
  }
}

function begin (t: Test, options: BelfryOptions = {}) {
  const world = new World()
  const oneWay = new OneWay()
  world.server.answer = () => me
  const client = world.client(t, { transports: [webSocket, oneWay], ...options })
  const told = journal(client, 'notification')
  client.connect()
  return { ...world, world, oneWay, client, told }
}

test('two upgrades that the server knows nothing of: another transport', async t => {
  const { clock, server, oneWay, client, told } = begin(t)
  ;(await server.socket()).end()
  await clock.pass(500)
  t.equal(oneWay.opened.length, 0, 'one is not enough')
  ;(await server.socket()).end()
  await clock.pass(0)
  t.equal(oneWay.opened.length, 1, 'at once')
  oneWay.welcome()
  t.same(told, ['connecting 0 connect was called', 'error network', 'error blocked', 'connected one-way'], 'the first may be a restart')
  oneWay.opened[0]!.events.onText(JSON.stringify(notification(2)))

  oneWay.opened[0]!.events.onClose({ code: 1012, reason: 'restart' })
  await clock.pass(500)
  t.equal(oneWay.opened.length, 2, 'it stays')
  t.equal(oneWay.opened[1]!.target.since, cursor(2))
  oneWay.welcome()

  const alive = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 15_000) {
      oneWay.opened.at(-1)!.events.onAlive()
      await clock.pass(15_000)
    }
  }
  await alive(600_000 - 15_000)
  t.equal(server.sockets.length, 2)
  await alive(15_000)
  t.equal(server.sockets.length, 3, 'and WebSockets again after 10 minutes')
  t.ok(oneWay.opened[1]!.isClosed)
  server.sockets[2]!.end()
  await clock.pass(0)
  t.equal(oneWay.opened.length, 3, 'one failure is enough then')
  oneWay.welcome()
  await alive(600_000)
  server.sockets[3]!.welcome()
  t.equal(client.state, 'connected')
  server.sockets[3]!.end()
  await clock.pass(4_500)
  t.equal(server.sockets.length, 5, 'which are let through now')
})

test('the path of the socket is blocked as a whole, upgrade or not: another transport within half a minute', async t => {
  const problem = (status: number, code: string) => ({ status, body: { code, detail: code } })
  for (const [name, onPath] of [
    ['redirected to what Belfry does not have', () => problem(404, 'BLF_ROUTE_NOT_FOUND')],
    ['redirected to what is not read', () => problem(405, 'BLF_METHOD_NOT_ALLOWED')],
    ['redirected to a page', () => ({ status: 200, text: '<html>' })],
    ['reset', () => { throw new TypeError('fetch failed') }],
    ['never answered', () => never]
  ] as const) {
    const { clock, server, oneWay, told } = begin(t)
    server.answer = ({ path }) => path === '/ws/notifications' ? onPath() : me
    for (let passed = 0; passed < 30_000 && oneWay.opened.length === 0; passed += 100) {
      // What is never answered is given up by the client.
      if (name !== 'never answered') (await server.socket()).end()
      await clock.pass(100)
    }
    t.same(told, ['connecting 0 connect was called', 'error network', 'error blocked'], name)
    t.equal(oneWay.opened.length, 1, name)
  }
})

test('a restart moves nobody', async t => {
  const { clock, server, oneWay } = begin(t)
  /** Fails, and waits for the next attempt. */
  const fail = async () => {
    const socket = await server.socket()
    socket.end()
    while (await server.socket() === socket && oneWay.opened.length === 0) await clock.pass(100)
  }
  // The server goes away between an upgrade and the question why it failed, and comes back in between.
  for (const answer of [() => me, () => { throw new TypeError('fetch failed') }, () => ({ status: 503 }), () => me, () => ({ status: 503 })]) {
    server.answer = answer
    await fail()
  }
  // Or between the questions: a server that does not answer them any more was not found to be blocked.
  for (const later of [undefined, undefined, { status: 503 }, { status: 503 }]) {
    const answers = [me, undefined, later]
    server.answer = () => {
      const answer = answers.shift()
      if (!answer) throw new TypeError('fetch failed')
      return answer
    }
    await fail()
  }
  const socket = await server.socket()
  socket.welcome()
  server.answer = () => me
  await fail()
  await fail()
  t.equal(oneWay.opened.length, 0, 'the count began anew with a welcome')
})

test('a proxy that accepts the upgrade and passes nothing on blocks too', async t => {
  const { clock, server, oneWay, told } = begin(t)
  for (let round = 0; round < 2; round++) {
    (await server.socket()).open()
    await clock.pass(5_000)
    await clock.pass(1_000)
  }
  t.equal(oneWay.opened.length, 1)
  t.equal(told.at(-1), 'error blocked')
})

test('a transport that takes no frames has to be heard by itself', async t => {
  const oneWay = new OneWay()
  const { clock, told } = begin(t, { transports: [oneWay] })
  await clock.pass(0)
  oneWay.welcome()
  await clock.pass(24_999)
  oneWay.opened[0]!.events.onAlive()
  await clock.pass(24_999)
  t.equal(told.at(-1), 'connected one-way')
  await clock.pass(1)
  t.equal(told.at(-1), 'connecting 1006 nothing was heard', 'one heartbeat and 10 s')
})

test('a transport that sees the status needs no question', async t => {
  const fresh = token('alice', 2)
  const oneWay = new OneWay()
  const { clock, server, told, client } = begin(t, { transports: [oneWay], getToken: async () => fresh })
  await clock.pass(0)
  const fail = (status: number, retryAfter?: number) => oneWay.opened.at(-1)!.events.onClose({ code: 1006, reason: '', answer: { status, retryAfter, body: undefined } })
  fail(503, 3_000)
  await clock.pass(3_000)
  t.equal(oneWay.opened.length, 1)
  await clock.pass(1_000)
  t.equal(oneWay.opened.length, 2)
  fail(401)
  await clock.pass(0)
  t.equal(oneWay.opened[2]!.target.token, fresh)
  oneWay.welcome()
  // What cannot be renewed ends with its token, and goes on with the one that was fetched meanwhile.
  oneWay.opened[2]!.events.onText(JSON.stringify({ type: 'token.expiring', payload: { expires_at: '2026-01-01T00:00:00.000Z' } }))
  fail(404)
  await clock.pass(0)
  t.equal(told.at(-1), 'connecting 1006 lost, or never opened', 'it was up: the status says nothing')
  await clock.pass(500)
  fail(404)
  await clock.pass(0)
  t.equal(told.at(-1), 'error not_belfry')
  await clock.pass(1_000)
  fail(403)
  await clock.pass(0)
  t.equal(client.state, 'disconnected')
  t.match(told.at(-1), /^disconnected 4403/)
  t.same(server.requests, [])
})

test('what a problem refuses is told by its own code', async t => {
  const oneWay = new OneWay()
  const { clock, server, told, client } = begin(t, { transports: [oneWay] })
  const reasons: string[] = []
  client.on('error', ({ reason }) => reasons.push(reason))
  await clock.pass(0)
  for (const [status, code] of [[400, 'BLF_VALIDATION'], [404, 'BLF_ROUTE_NOT_FOUND'], [503, 'BLF_UNAVAILABLE'], [500, 'BLF_INTERNAL']] as const) {
    told.length = 0
    oneWay.opened.at(-1)!.events.onClose({ code: 1006, reason: '', answer: { status, body: { code, detail: `${code} in words` } } })
    await clock.pass(4_000)
    t.same([told, reasons.at(-1)], [[`error ${code}`], `${code} in words`])
  }
  t.equal(oneWay.opened.length, 5, 'it may pass')
  t.same(server.requests, [])
})
