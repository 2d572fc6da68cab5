import { test, type Test } from 'tap'
import { subjectOf } from '../../src/client/connection/tokens.ts'
import { journal, token, World } from './world/world.ts'
import { refused, type FakeSocket } from './world/server.ts'

const EXPIRING = { type: 'token.expiring', payload: { expires_at: '2026-01-01T00:00:00.000Z' } }
const auths = (socket: FakeSocket) => socket.sent.filter(({ type }) => type === 'auth').map(({ payload }) => payload.token)

/** A client whose `getToken` gives a new token a call, and the times of the calls. */
function begin (t: Test, { first = token('alice', 0) as string | null, get = async (call: number): Promise<string | null> => token('alice', call) } = {}) {
  const world = new World()
  const calls: number[] = []
  const client = world.client(t, { token: first ?? undefined, getToken: () => get(calls.push(world.clock.now())) })
  const told = journal(client)
  client.connect()
  return { ...world, client, calls, told }
}

test('a token is fetched if there is none', async t => {
  const { server, calls } = begin(t, { first: null })
  t.equal((await server.socket()).token, token('alice', 1))
  t.same(calls, [0])
})

test('without a token, or when nobody is logged in, it ends', async t => {
  const world = new World()
  const client = world.client(t, { token: undefined })
  const told = journal(client)
  client.connect()
  await t.rejects(client.ready(), { code: 'disconnected' })
  t.same(told.slice(1), ['error no_token', 'disconnected 4401 there is no token, and no getToken'])
  for (const nothing of [null, undefined, '', 7]) {
    const { client, told } = begin(t, { first: null, get: async () => nothing as never })
    await t.rejects(client.ready(), { code: 'disconnected' })
    t.match(told.slice(1), ['error no_token', /^disconnected 4401 getToken gave no token/])
  }
})

test('what follows a refused token says that it was refused', async t => {
  const world = new World()
  const client = world.client(t)
  client.connect()
  ;(await world.server.socket()).end(4401)
  await t.rejects(client.ready(), { code: 'disconnected' })
  await t.rejects(client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' }), { code: 'no_token', message: /^the token was refused/ })
  await client.logout()
  await t.rejects(client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' }), { code: 'no_token', message: /^there is no token/ })
})

test('an expiring token is renewed on the open link, when the server says so', async t => {
  const { server, calls, told, clock } = begin(t)
  const socket = await server.socket()
  socket.welcome()
  await clock.pass(1_000)
  socket.frame(EXPIRING)
  await clock.pass(0)
  t.same(auths(socket), [token('alice', 1)])
  socket.frame({ type: 'ok', reply_to: socket.sent.at(-1).id, payload: {} })
  t.same(calls, [1_000])
  t.same(told, ['connecting 0 connect was called', 'connected websocket'])
  await clock.pass(100)
  socket.frame(EXPIRING)
  await clock.pass(9_899)
  t.equal(calls.length, 1)
  await clock.pass(1)
  t.same(calls, [1_000, 11_000], 'calls are 10 s apart')
  t.same(auths(socket), [token('alice', 1), token('alice', 2)])
})

test('getToken that fails is asked again while the link goes on', async t => {
  const { server, calls, told, clock, client } = begin(t, { get: async call => { if (call < 3) throw new Error('backend away'); return token('alice', call) } })
  const reasons: string[] = []
  client.on('error', ({ reason }) => reasons.push(reason))
  const socket = await server.socket()
  socket.welcome()
  socket.frame(EXPIRING)
  await clock.pass(20_000)
  t.same(calls, [0, 10_000, 20_000])
  t.same(auths(socket), [token('alice', 3)])
  t.same(reasons, ['getToken failed: Error: backend away', 'getToken failed: Error: backend away'])
  t.same(told.slice(2), ['error token', 'error token'])
})

test('4401: once with a new token, and a second one within 30 s is final', async t => {
  const { server, calls, told, clock, client } = begin(t)
  const first = await server.socket()
  first.welcome()
  await clock.pass(1_000)
  first.end(4401, 'credentials missing, expired or revoked')
  const second = await server.socket()
  t.same([second.token, calls], [token('alice', 1), [1_000]], 'at once')
  second.welcome()
  await clock.pass(15_000)
  second.end(4401)
  const third = await server.socket()
  t.equal(third.token, token('alice', 2), 'after 15 s it is a first one again')
  third.end(4401)
  await clock.pass(0)
  t.equal(client.state, 'disconnected')
  t.equal(told.at(-1), 'disconnected 4401 the token was refused again')
  await clock.pass(60_000)
  t.equal(server.sockets.length, 3)
  client.connect()
  await clock.pass(0)
  t.equal((await server.socket()).token, token('alice', 3), 'connect tries again, with another token')
})

test('an upgrade refused with 401 counts as 4401: an expired token of getToken is one', async t => {
  const { server, calls, told, clock } = begin(t, { first: null })
  server.answer = () => refused
  ;(await server.socket()).end()
  await clock.pass(9_999)
  t.equal(server.sockets.length, 1)
  await clock.pass(1)
  t.same(calls, [0, 10_000], 'calls are 10 s apart')
  ;(await server.socket()).end()
  await clock.pass(0)
  t.equal(told.at(-1), 'disconnected 4401 the token was refused again')
})

test('without getToken a refused token is final, until there is another one', async t => {
  const world = new World()
  const client = world.client(t)
  const told = journal(client)
  client.connect()
  const socket = await world.server.socket()
  socket.welcome()
  client.setToken(token('alice', 2))
  t.same(auths(socket), [token('alice', 2)], 'on the open link')
  socket.end(4401)
  t.equal(told.at(-1), 'disconnected 4401 the token was refused')
  client.setToken(token('alice', 3))
  client.connect()
  t.equal((await world.server.socket()).token, token('alice', 3))
})

test('a token refused on the open link is not offered again', async t => {
  const { server, clock, told } = begin(t)
  const socket = await server.socket()
  socket.welcome()
  socket.frame(EXPIRING)
  await clock.pass(0)
  socket.frame({ type: 'error', reply_to: socket.sent.at(-1).id, payload: { code: 'BLF_UNAUTHENTICATED', detail: 'no' } })
  t.equal(told.at(-1), 'error BLF_UNAUTHENTICATED')
  await clock.pass(20_000)
  socket.end(4401)
  t.equal((await server.socket()).token, token('alice', 2))
})

test('getToken that takes too long is told, and not called a second time meanwhile', async t => {
  let give = (_token: string) => {}
  const late = new Promise<string>(resolve => { give = resolve })
  const { server, clock, told, client, calls } = begin(t, { first: null, get: async () => await late })
  await clock.pass(4_999)
  t.same(told, ['connecting 0 connect was called'])
  await clock.pass(1)
  t.equal(told.at(-1), 'error token')
  t.equal(client.state, 'connecting')
  await clock.pass(20_000)
  t.equal(calls.length, 1)
  give(token('alice', 2))
  t.equal((await server.socket()).token, token('alice', 2))
})

test('getToken that answers after disconnect opens nothing', async t => {
  let give = (_token: string) => {}
  const { server, clock, client } = begin(t, { first: null, get: () => new Promise(resolve => { give = resolve }) })
  await clock.pass(0)
  client.disconnect()
  give(token('alice'))
  await clock.pass(60_000)
  t.equal(server.sockets.length, 0)
})

test('a clock that is wrong changes nothing', async t => {
  for (const wrong of [-1e12, 0, 1e13]) {
    const world = new World()
    let calls = 0
    const expired = `x.${Buffer.from(JSON.stringify({ sub: 'alice', exp: 1 })).toString('base64url')}.y`
    const client = world.client(t, { token: expired, getToken: () => { calls++; return expired } }, { ...world.platform, wall: () => wrong })
    client.connect()
    const socket = await world.server.socket()
    socket.welcome()
    t.same([client.state, calls], ['connected', 0], 'the server says when a token has expired')
  }
})

test('with a ticket for each connection, it keeps its place', async t => {
  const { server, told, clock } = begin(t, { first: null, get: async serial => `ticket${serial}` })
  const first = await server.socket()
  first.welcome('abcdefgh.5')
  first.end(4401)
  await clock.pass(10_000)
  const second = await server.socket()
  t.same([second.token, second.since], ['ticket2', 'abcdefgh.5'])
  second.welcome()
  t.equal(told.at(-1), 'connected websocket')
})

test('after a ticket too, the token of another user starts over', async t => {
  const world = new World()
  const client = world.client(t, { token: 'ticket' })
  client.connect()
  const first = await world.server.socket()
  first.welcome()
  client.setToken(token('alice', 2))
  t.same(auths(first).length, 1, 'it is of the user of the welcome')
  client.setToken(token('bob'))
  const second = await world.server.socket()
  t.same([auths(first).length, first.isClosed, second.token, second.since], [1, true, token('bob'), null])
})

test('the token of another user starts over as that user', async t => {
  const world = new World()
  const client = world.client(t)
  client.connect()
  const first = await world.server.socket()
  first.welcome()
  client.setToken(token('bob'))
  const second = await world.server.socket()
  t.same([first.isClosed, auths(first), second.token, second.since], [true, [], token('bob'), null], 'from the beginning')
})

test('a token that cannot name a protocol is the first frame', async t => {
  const world = new World()
  for (const wrong of ['ключ', 'a\nb', 'a b']) t.throws(() => world.client(t, { token: wrong }), { name: 'TypeError', message: /^token must be/ }, 'no header can have it')
  world.client(t, { token: 'a/b=' }).connect()
  const socket = await world.server.socket()
  t.same(socket.protocols, ['belfry.v1'])
  socket.welcome()
  t.same(auths(socket), ['a/b='])
})

test('the subject of a token is a name, if it has one', async t => {
  t.equal(subjectOf(token('auth0|жук')), 'auth0|жук')
  for (const text of [undefined, '', 'blf_key', 'a.b.c', 'a.bnVsbA.c', `a.${Buffer.from('{"sub":7}').toString('base64url')}.c`]) t.equal(subjectOf(text), undefined, String(text))
})
