import { test, type Test } from 'tap'
import type { Belfry } from '../../src/client/belfry.ts'
import { journal, notification, World } from './world/world.ts'
import { HandPage } from './world/page.ts'
import type { FakeSocket } from './world/server.ts'

const pings = (socket: FakeSocket) => socket.sent.filter(({ type }) => type === 'ping').length

async function connected (t: Test): Promise<{ world: World, client: Belfry, socket: FakeSocket, page: HandPage, told: string[] }> {
  const world = new World()
  const page = new HandPage()
  const client = world.client(t, { shareTabs: false }, { ...world.platform, page })
  client.connect()
  const socket = await world.server.socket()
  socket.isAlive = false
  socket.welcome()
  return { world, client, socket, page, told: journal(client) }
}

test('a silent link is pinged, and given up when nothing comes', async t => {
  const { world: { clock, server }, client, socket, told } = await connected(t)
  await clock.pass(24_999)
  t.equal(pings(socket), 0)
  await clock.pass(1)
  t.equal(pings(socket), 1)
  await clock.pass(9_999)
  socket.frame({ type: 'pong' })
  await clock.pass(1)
  t.equal(client.state, 'connected')
  await clock.pass(24_998)
  t.equal(pings(socket), 1, 'the pong was heard')
  await clock.pass(1)
  t.equal(pings(socket), 2)
  await clock.pass(10_000)
  t.same(told, ['connecting 1006 no answer to a ping'])
  t.ok(socket.isClosed)
  await clock.pass(500)
  t.equal(server.sockets.length, 2)
})

test('frames are signs of life', async t => {
  const { world: { clock }, client, socket } = await connected(t)
  for (let seq = 2; seq < 12; seq++) {
    await clock.pass(20_000)
    socket.frame(notification(seq))
  }
  t.equal(pings(socket), 0)
  await clock.pass(25_000)
  t.equal(pings(socket), 1)
  socket.frame(notification(12))
  await clock.pass(10_000)
  t.equal(client.state, 'connected', 'any frame is an answer')
})

test('what may have killed the link makes it ask at once', async t => {
  for (const event of ['online', 'visibilitychange', 'pageshow'] as const) {
    const { world: { clock }, client, socket, page, told } = await connected(t)
    page.fire(event)
    page.fire(event)
    t.equal(pings(socket), 1, event)
    await clock.pass(10_000)
    t.same(told, ['connecting 1006 no answer to a ping'], event)
    client.disconnect()
    t.equal(page.listeners, 0)
  }
})

test('a page that is hidden asks nothing', async t => {
  const { socket, page } = await connected(t)
  page.isShown = false
  page.fire('visibilitychange')
  t.equal(pings(socket), 0)
})

test('a laptop that slept finds out as soon as it wakes', async t => {
  const { world: { clock, server }, socket, page } = await connected(t)
  await clock.pass(1_000)
  clock.leap(3_600_000)
  page.fire('visibilitychange')
  t.equal(pings(socket), 1)
  await clock.pass(10_500)
  t.equal(server.sockets.length, 2)
})

test('a wait is cut short when the network is back, unless the server asked for it', async t => {
  const { world, socket, page } = await connected(t)
  const { server, clock } = world
  world.chance = 1
  await clock.pass(500)
  socket.end()
  await clock.pass(0)
  page.fire('online')
  t.equal((await server.socket(), server.sockets.length), 2, 'it was the first attempt since long')
  server.sockets[1]!.end()
  await clock.pass(0)
  page.fire('online')
  await clock.pass(0)
  t.equal(server.sockets.length, 2, 'there was one just now')
  await clock.pass(500)
  page.fire('online')
  await clock.pass(0)
  t.equal(server.sockets.length, 3)
  server.answer = () => ({ status: 503, headers: { 'retry-after': '30' } })
  server.sockets[2]!.end()
  await clock.pass(29_999)
  page.fire('online')
  await clock.pass(0)
  t.equal(server.sockets.length, 3)
  await clock.pass(1)
  page.fire('online')
  await clock.pass(0)
  t.equal(server.sockets.length, 4)
})
