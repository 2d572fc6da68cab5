import { test, type Test } from 'tap'
import { Browser, type Tab } from './world/browser.ts'
import { me, refused } from './world/server.ts'
import type { BelfryOptions } from '../../src/client/options.ts'
import { cursor, journal, notification, token, World } from './world/world.ts'

/** A browser with as many tabs of one user, the first of which leads, connected. */
async function begin (t: Test, count: number, options: BelfryOptions = {}) {
  const world = new World()
  const browser = new Browser(world)
  world.server.answer = () => me
  const open = (more: BelfryOptions = {}) => {
    const tab = browser.tab()
    const client = world.client(t, { ...options, ...more }, tab.platform)
    const told = journal(client, 'notification', 'gap')
    client.connect()
    return { tab, client, told, seen: () => told.filter(line => /^(notification|gap)/.test(line)) }
  }
  const tabs = [open()]
  ;(await world.server.socket()).welcome(cursor(1))
  for (let index = 1; index < count; index++) tabs.push(open())
  await world.clock.pass(0)
  return { ...world, world, browser, open, tabs }
}

test('the tabs of a user share one socket', async t => {
  const { server, tabs, clock } = await begin(t, 3)
  t.equal(server.sockets.length, 1)
  t.same(tabs.map(({ client }) => [client.state, client.user]), [['connected', 'alice'], ['connected', 'alice'], ['connected', 'alice']])
  t.same(tabs.map(({ told }) => told.at(-1)), ['connected websocket', 'connected tab', 'connected tab'])
  for (const seq of [2, 3]) server.sockets[0]!.frame(notification(seq))
  await clock.pass(0)
  for (const { seen } of tabs) t.same(seen(), ['notification n2', 'notification n3'])
  server.sockets[0]!.end(1012)
  await clock.pass(0)
  t.same(tabs.map(({ client }) => client.state), ['connecting', 'connecting', 'connecting'])
  await clock.pass(500)
  server.sockets[1]!.welcome()
  for (const seq of [3, 4]) server.sockets[1]!.frame(notification(seq))
  await clock.pass(0)
  t.equal(server.sockets.length, 2)
  for (const { seen, client } of tabs) t.same([client.state, seen()], ['connected', ['notification n2', 'notification n3', 'notification n4']])
})

test('when the tab that leads is closed, the next one goes on where it was', async t => {
  const { server, tabs: [first, second, third], clock, browser } = await begin(t, 3)
  server.sockets[0]!.frame(notification(2))
  await clock.pass(0)
  browser.close(first!.tab)
  await clock.pass(0)
  t.equal(server.sockets.length, 2)
  t.equal(server.sockets[1]!.since, cursor(2))
  server.sockets[1]!.welcome()
  server.sockets[1]!.frame(notification(3))
  await clock.pass(0)
  for (const { seen, client } of [second!, third!]) t.same([client.state, seen()], ['connected', ['notification n2', 'notification n3']])
  second!.client.disconnect()
  await clock.pass(0)
  t.same([server.sockets.length, server.sockets[2]!.since], [3, cursor(3)], 'disconnect hands it on too')
  t.equal(third!.client.state, 'connecting')
})

test('a tab that does not answer loses the lead to one that is seen', async t => {
  const { server, tabs: [first, second, third], clock } = await begin(t, 3)
  second!.tab.page.isShown = false
  third!.tab.page.isShown = false
  await clock.pass(60_000)
  t.equal(server.sockets.length, 1, 'a leader that answers keeps it')
  first!.tab.freeze()
  await clock.pass(60_000)
  t.equal(server.sockets.length, 1, 'nobody looks')
  third!.tab.page.isShown = true
  await clock.pass(2_000)
  t.equal(server.sockets.length, 1)
  await clock.pass(2_000)
  t.equal(server.sockets.length, 2, 'nothing for 3 s')
  server.sockets[1]!.welcome()
  server.sockets[1]!.frame(notification(2))
  await clock.pass(0)
  for (const { seen } of [second!, third!]) t.same(seen(), ['notification n2'])
  first!.tab.thaw()
  await clock.pass(0)
  t.ok(server.sockets[0]!.isClosed, 'who led before listens')
  t.same([first!.client.state, first!.seen()], ['connected', ['notification n2']])
  server.sockets[1]!.frame(notification(3))
  await clock.pass(60_000)
  for (const { seen } of [first!, second!, third!]) t.same(seen(), ['notification n2', 'notification n3'])
})

test('a page that is told of its sleep hands the connection on, and catches up', async t => {
  const { server, tabs: [first, second], clock } = await begin(t, 2)
  for (const [sleep, rise] of [['freeze', 'resume'], ['pagehide', 'pageshow']] as const) {
    const before = server.sockets.length
    first!.tab.page.fire(sleep)
    first!.tab.freeze()
    await clock.pass(0)
    t.equal(server.sockets.length, before + 1, sleep)
    const socket = server.sockets.at(-1)!
    socket.welcome()
    const last = server.sockets.length * 10
    for (const seq of [last, last + 1]) socket.frame(notification(seq))
    await clock.pass(0)
    first!.tab.thaw()
    first!.tab.page.fire(rise)
    await clock.pass(0)
    t.equal(server.sockets.length, before + 1, rise)
    t.same(first!.seen(), second!.seen(), 'what it missed')
    t.equal(first!.client.state, 'connected')
    // The first one leads again for the next round.
    second!.client.disconnect()
    await clock.pass(0)
    server.sockets.at(-1)!.welcome()
    second!.client.connect()
    await clock.pass(0)
  }
})

test('a tab that missed more than is kept is told of a gap', async t => {
  const { server, tabs: [first, second], clock } = await begin(t, 2)
  second!.tab.page.fire('freeze')
  second!.tab.freeze()
  for (let seq = 2; seq < 202; seq++) server.sockets[0]!.frame(notification(seq))
  await clock.pass(0)
  second!.tab.thaw(true)
  await clock.pass(0)
  t.same(second!.seen(), ['gap expired'])
  server.sockets[0]!.frame(notification(300))
  await clock.pass(0)
  t.same(second!.seen(), ['gap expired', 'notification n300'])
  t.equal(first!.seen().length, 201)
})

test('a tab that opens later begins where the others are', async t => {
  const { server, open, clock, browser, tabs } = await begin(t, 1)
  for (let seq = 2; seq < 202; seq++) server.sockets[0]!.frame(notification(seq))
  const late = open()
  await clock.pass(0)
  t.same([late.client.state, late.client.user, late.seen()], ['connected', 'alice', []])
  browser.close(tabs[0]!.tab)
  await clock.pass(0)
  t.equal(server.sockets[1]!.since, cursor(201))
})

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
  const { tabs, clock, server } = await begin(t, 3, { getToken: async () => token('alice', 1 + ++calls) })
  await clock.pass(20_000)
  server.sockets[0]!.frame({ type: 'token.expiring', payload: { expires_at: '2026-01-01T00:00:00.000Z' } })
  await clock.pass(0)
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

test('what the server ends for good ends for all tabs, without asking for each', async t => {
  const { tabs, clock, server } = await begin(t, 3)
  server.sockets[0]!.end(4403, 'forbidden')
  await clock.pass(60_000)
  t.same(tabs.map(({ client, told }) => [client.state, told.at(-1)]), Array(3).fill(['disconnected', 'disconnected 4403 forbidden']))
  t.equal(server.sockets.length, 1)
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
