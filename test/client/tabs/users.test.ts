import { test } from 'tap'
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
  await clock.pass(50)
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
