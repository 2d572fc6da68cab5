import { test } from 'tap'
import { cursor, notification, token } from '../world/world.ts'
import { begin } from './begin.ts'

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

test('a tab that missed a message notices with the next one', async t => {
  const { server, tabs: [, second], clock } = await begin(t, 2)
  const frames = async (...seqs: number[]) => {
    for (const seq of seqs) server.sockets[0]!.frame(notification(seq))
    await clock.pass(0)
  }
  await frames(2)
  second!.tab.isDeaf = true
  await frames(3, 4)
  second!.tab.isDeaf = false
  await frames(5, 6)
  t.same(second!.seen(), ['notification n2', 'notification n3', 'notification n4', 'notification n5', 'notification n6'])
})

test('a tab that is disconnected while it waits for a token leads nobody', async t => {
  let give = (_token: string) => {}
  const { server, open, clock, tabs: [first] } = await begin(t, 1)
  const late = open({ token: undefined, getToken: () => new Promise(resolve => { give = resolve }) })
  await clock.pass(0)
  late.client.disconnect()
  give(token('alice'))
  await clock.pass(0)
  first!.client.disconnect()
  open()
  await clock.pass(0)
  t.equal(server.sockets.length, 2)
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

test('what the server ends for good ends for all tabs, without asking for each', async t => {
  const { tabs, clock, server } = await begin(t, 3)
  server.sockets[0]!.end(4403, 'forbidden')
  await clock.pass(60_000)
  t.same(tabs.map(({ client, told }) => [client.state, told.at(-1)]), Array(3).fill(['disconnected', 'disconnected 4403 forbidden']))
  t.equal(server.sockets.length, 1)
})
