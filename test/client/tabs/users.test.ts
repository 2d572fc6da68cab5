import { test } from 'tap'
import { subjectOf } from '../../../src/client/connection/tokens.ts'
import { Browser, type Tab } from '../world/browser.ts'
import { refused } from '../world/server.ts'
import { cursor, notification, token } from '../world/world.ts'
import { begin } from './begin.ts'

test('different users, servers, topics or wishes: connections of their own', async t => {
  const { server, open, clock, world } = await begin(t, 1)
  const others = [{ token: token('bob') }, { topics: ['billing'] }, { device: 'phone' }, { shareTabs: false }, { token: 'blf_key_of_no_user' }]
  for (const [index, options] of others.entries()) {
    open(options)
    await clock.pass(0)
    t.equal(server.sockets.length, index + 2, JSON.stringify(options))
  }
  const plain = new Browser(world).tab()
  const client = world.client(t, {}, { ...plain.platform, locks: undefined })
  client.connect()
  await clock.pass(0)
  t.equal(server.sockets.length, others.length + 2, 'without locks: over plain http')
  const worker = world.client(t, {}, { ...new Browser(world).tab().platform, page: undefined })
  worker.connect()
  await clock.pass(0)
  t.equal(server.sockets.length, others.length + 3, 'where there is no page: in Node, in a worker')
})

test('two users in one browser hear nothing of each other', async t => {
  const { server, open, clock, tabs: [alice] } = await begin(t, 1)
  const bob = open({ token: token('bob') })
  await clock.pass(0)
  server.sockets[1]!.welcome(cursor(5), { user: { id: 'bob' } })
  server.sockets[1]!.frame(notification(6))
  server.sockets[0]!.frame(notification(7))
  await clock.pass(0)
  t.same([alice!.seen(), bob.seen()], [['notification n7'], ['notification n6']])
  t.same([alice!.client.user, bob.client.user], ['alice', 'bob'])
  await bob.client.logout()
  await clock.pass(0)
  t.same([alice!.client.state, bob.client.state, bob.client.user], ['connected', 'disconnected', undefined])
})

test('logout is for all tabs of the user', async t => {
  const { tabs, clock, server } = await begin(t, 3)
  await tabs[1]!.client.logout()
  await clock.pass(60_000)
  t.same(tabs.map(({ client, told }) => [client.state, told.at(-1)]), [
    ['disconnected', 'disconnected 1000 logout was called in another tab'],
    ['disconnected', 'disconnected 1000 logout was called'],
    ['disconnected', 'disconnected 1000 logout was called in another tab']
  ])
  t.equal(server.sockets.length, 1)
})

test('a token is renewed once for all tabs', async t => {
  let calls = 0
  const { tabs, clock, server, browser } = await begin(t, 3, { getToken: async () => token('alice', 1 + ++calls) })
  browser.lag = 50
  await clock.pass(20_000)
  server.sockets[0]!.frame({ type: 'token.expiring', payload: { expires_at: '2026-01-01T00:00:00.000Z' } })
  await clock.pass(150)
  t.same(server.sockets[0]!.sent.filter(({ type }) => type === 'auth').map(({ payload }) => payload.token), [token('alice', 2)])
  server.answer = request => request.token === token('alice', 2) ? { status: 200, body: { id: 'x' } } : refused
  await Promise.all(tabs.map(async ({ client }) => await client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' })))
  t.equal(calls, 1, 'the others were told')
  await clock.pass(20_000)
  server.answer = request => request.token === token('alice', 3) ? { status: 200, body: { id: 'x' } } : refused
  const sends = Promise.all(tabs.map(async ({ client }) => await client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' })))
  await clock.pass(1_000)
  await sends
  t.equal(calls, 2, 'also when all of them are refused at once')
  t.equal(server.sockets[0]!.sent.at(-1).payload.token, token('alice', 3), 'and the link has it too')
})

test('a page that may not use locks has a connection of its own', async t => {
  const { server, clock, world, browser } = await begin(t, 1)
  const refuse = async () => { throw new DOMException('not here', 'SecurityError') }
  const client = world.client(t, { token: undefined, getToken: () => token('alice') }, { ...browser.tab().platform, locks: { request: refuse } })
  client.connect()
  await clock.pass(0)
  t.equal(server.sockets.length, 2)
  server.sockets[1]!.welcome()
  server.sockets[1]!.end(4401)
  await clock.pass(10_000)
  t.equal(server.sockets.length, 3, 'and gets tokens by itself')
})

test('disconnect leaves no listener behind', async t => {
  const { tabs: [first, second] } = await begin(t, 2)
  const listeners = (tab: Tab) => tab.page.listeners
  t.ok(listeners(first!.tab) > 0)
  first!.client.disconnect()
  second!.client.disconnect()
  t.same([listeners(first!.tab), listeners(second!.tab)], [0, 0])
})

test('the token of another user is for this tab alone', async t => {
  const change: Record<string, (tab: Awaited<ReturnType<typeof begin>>['tabs'][number], renew: () => Promise<void>) => Promise<void>> = {
    'by setToken': async ({ client }) => client.setToken(token('bob')),
    'by getToken': async (_tab, renew) => await renew()
  }
  for (const [how, act] of Object.entries(change)) {
    for (const who of [0, 1]) {
      let subject = 'alice'
      const { tabs, clock, server } = await begin(t, 3, { getToken: async () => token(subject, 2) })
      server.answer = request => request.token === token('alice') && subject === 'bob' ? refused : { status: 200, body: { id: 'x' } }
      await clock.pass(20_000)
      const changed = tabs[who]!
      await act(changed, async () => {
        subject = 'bob'
        const send = changed.client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' })
        const refusal = t.rejects(send, { code: 'BLF_UNAUTHENTICATED' }, 'what alice sends is not sent as bob')
        await clock.pass(100)
        await refusal
        subject = 'alice'
      })
      await clock.pass(0)
      const others = tabs.filter(tab => tab !== changed)
      for (const socket of server.sockets.slice(1).filter(({ isClosed }) => !isClosed)) socket.welcome(cursor(50), { user: { id: subjectOf(socket.token!) } })
      await clock.pass(0)
      const label = `${how}, ${who === 0 ? 'leading' : 'listening'}`
      t.same(tabs.map(({ client }) => [client.state, client.user]), tabs.map(tab => ['connected', tab === changed ? 'bob' : 'alice']), label)
      t.same(server.sockets.flatMap(({ sent }) => sent.filter(({ type }) => type === 'auth')), [], `${label}: no link is offered another user's token`)
      server.requests.length = 0
      for (const { client } of tabs) await client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' })
      t.same(server.requests.map(request => subjectOf(request.token)), tabs.map(tab => tab === changed ? 'bob' : 'alice'), label)
      const errors = others.flatMap(({ told }) => told.filter(line => /^(error|disconnected)/.test(line)))
      t.same(errors, [], label)
      await changed.client.logout()
      await clock.pass(0)
      t.same(others.map(({ client }) => client.state), ['connected', 'connected'], `${label}: and so is a logout`)
    }
  }
})

test('a token of somebody else that another tab tells is not taken', async t => {
  const { tabs, clock, server, browser } = await begin(t, 2)
  server.answer = () => ({ status: 200, body: { id: 'x' } })
  const stranger = browser.tab()
  const [name] = [...tabs[0]!.tab.channels.keys()]
  stranger.platform.channel!(name!).postMessage({ kind: 'token', data: token('bob'), from: 'x' })
  await clock.pass(0)
  for (const { client } of tabs) await client.send({ title: 'a', message: 'b', priority: 'info', topic: 'c' })
  t.same(server.requests.map(request => request.token), [token('alice'), token('alice')])
  t.same(server.sockets[0]!.sent.filter(({ type }) => type === 'auth'), [])
})

test('after an API key, a user starts over too', async t => {
  const { open, clock, server } = await begin(t, 1)
  const other = open({ token: 'blf_key' })
  await clock.pass(0)
  server.sockets[1]!.welcome(cursor(7), { user: undefined, key: { id: 'k', name: 'k' } })
  other.client.setToken(token('bob'))
  await clock.pass(0)
  t.same([server.sockets.length, server.sockets[1]!.isClosed, server.sockets[2]!.since], [3, true, null])
  t.same(server.sockets[1]!.sent.filter(({ id }) => id === 'auth'), [])
})

test('a user who changes twice, or while connecting, has the group of the last', async t => {
  const { tabs: [first, second], clock, server } = await begin(t, 2)
  second!.client.setToken(token('bob'))
  second!.client.setToken(token('carol'))
  await clock.pass(0)
  t.same(server.sockets.filter(({ isClosed }) => !isClosed).map(socket => socket.token), [token('alice'), token('carol')])
  second!.client.disconnect()
  second!.client.connect()
  second!.client.setToken(token('dave'))
  await clock.pass(0)
  t.same(server.sockets.filter(({ isClosed }) => !isClosed).map(socket => socket.token), [token('alice'), token('dave')])
  t.equal(first!.client.state, 'connected')
})
