import { test } from 'tap'
import { Browser } from './world/browser.ts'
import { me, type Request } from './world/server.ts'
import type { InboxStorage, StoredInbox } from '../../src/client/seam.ts'
import { cursor, journal, notification, token, World } from './world/world.ts'

/** The answers of an inbox that holds what the frames so far brought. */
function answering (world: World, at: () => number) {
  world.server.answer = ({ path }: Request) => {
    if (path.includes('unread-count')) return { status: 200, body: { unread_count: 0, unseen_count: 0, cursor: cursor(at()) } }
    return path.startsWith('/api/notifications') ? { status: 200, body: { items: [], next_before: null, unread_count: 0, unseen_count: 0, cursor: cursor(at()) } } : me
  }
}

test('an inbox follows the connection, whenever it is asked for', async t => {
  for (const isEarly of [true, false]) {
    const world = new World()
    answering(world, () => 5)
    const client = world.client(t)
    const early = isEarly ? client.inbox() : undefined
    early?.subscribe(() => {})
    client.connect()
    const socket = await world.server.socket()
    socket.welcome(cursor(5))
    await world.clock.pass(1_000)
    if (!isEarly) t.same(world.server.requests, [], 'who has no inbox asks for none')
    const inbox = early ?? client.inbox()
    t.equal(client.inbox(), inbox)
    inbox.subscribe(() => {})
    await world.clock.pass(1_000)
    socket.frame(notification(6))
    await world.clock.pass(1_000)
    t.match(inbox.getSnapshot(), { items: [{ id: 'n6' }], unreadCount: 1, connection: 'connected', networkStatus: 'ready', stale: false }, isEarly ? 'early' : 'late')
  }
})

test('an inbox in a tab that listens takes no page from before it listened', async t => {
  const world = new World()
  let at = 9
  answering(world, () => at)
  const browser = new Browser(world)
  const [first, second] = [world.client(t, {}, browser.tab().platform), world.client(t, {}, browser.tab().platform)]
  first.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(5))
  for (const seq of [6, 7, 8, 9]) socket.frame(notification(seq))
  // Another node, which is behind, answers first.
  at = 7
  const inbox = second.inbox()
  inbox.subscribe(() => {})
  second.connect()
  await world.clock.pass(1_000)
  t.equal(inbox.getSnapshot().networkStatus, 'loading')
  at = 9
  await world.clock.pass(60_000)
  t.match(inbox.getSnapshot(), { networkStatus: 'ready', connection: 'connected' })
})

test('a storage gives the place to begin, and is wiped at logout', async t => {
  const world = new World()
  answering(world, () => 5)
  const kept = new Map<string, StoredInbox>()
  const storage: InboxStorage = { load: async user => kept.get(user), save: async (user, inbox) => { kept.set(user, inbox) }, wipe: async user => { kept.delete(user) } }
  const client = world.client(t, { storage })
  client.inbox().subscribe(() => {})
  client.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(5))
  await world.clock.pass(1_000)
  socket.frame(notification(6))
  await world.clock.pass(5_000)
  client.disconnect()
  await world.clock.pass(0)
  t.match(kept.get('https://belfry.test alice'), { cursor: cursor(6), unread_count: 1 })

  const again = world.client(t, { storage })
  again.connect()
  const resumed = await world.server.socket()
  t.equal(resumed.since, cursor(6))
  t.match(again.inbox().getSnapshot(), { items: [{ id: 'n6' }] })
  resumed.welcome()
  again.setToken(token('bob'))
  const other = await world.server.socket()
  t.same([other.token, other.since], [token('bob'), null])
  t.same([...kept.keys()], [], 'the inbox of another user is wiped')
  t.same(again.inbox().getSnapshot().items, [])
  await again.logout()
  await t.rejects(again.ready(), { code: 'disconnected' })
})

test('nothing is stored unless a storage is passed', async t => {
  const world = new World()
  answering(world, () => 5)
  let reads = 0
  for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, { configurable: true, get: () => { reads++ } })
    t.teardown(() => { delete (globalThis as any)[name]; if (before) Object.defineProperty(globalThis, name, before) })
  }
  const client = world.client(t)
  client.inbox().subscribe(() => {})
  client.connect()
  ;(await world.server.socket()).welcome(cursor(5))
  await world.clock.pass(60_000)
  await client.logout()
  t.equal(reads, 0)
})

test('a storage that never answers is not waited for long', async t => {
  const world = new World()
  answering(world, () => 5)
  const never = async () => await new Promise<never>(() => {})
  const client = world.client(t, { storage: { load: never, save: never, wipe: never } })
  const told = journal(client)
  client.connect()
  await world.clock.pass(5_000)
  ;(await world.server.socket()).welcome(cursor(5))
  t.same(told, ['connecting 0 connect was called', 'error storage', 'connected websocket'])
})

test('after the end nothing keeps a process alive, although somebody looks at an inbox', async t => {
  const world = new World()
  const item = { ...(notification(5) as { payload: object }).payload, cursor: cursor(5), expires_at: '2099-01-01T00:00:00.000Z' }
  const page = { items: [item], next_before: null, unread_count: 1, unseen_count: 1, cursor: cursor(5) }
  world.server.answer = ({ path }: Request) => path.startsWith('/api/notifications') ? { status: 200, body: page } : me
  const client = world.client(t)
  const inbox = client.inbox()
  inbox.subscribe(() => {})
  client.connect()
  const socket = await world.server.socket()
  socket.welcome(cursor(5))
  await world.clock.pass(1_000)
  t.match(inbox.getSnapshot().items, [{ id: 'n5' }])
  client.disconnect()
  await world.clock.pass(1_000)
  t.match(inbox.getSnapshot(), { items: [{ id: 'n5' }], connection: 'disconnected' })
  t.equal(world.clock.waiting, 0)
})
