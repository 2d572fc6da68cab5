import { test } from 'tap'
import { BelfryError } from '../../../src/client/errors.ts'
import { settled } from './hand-clock.ts'
import { ids, shown } from './shown.ts'
import { World } from './world.ts'

test('snapshots never change, and are the same while nothing does', async t => {
  const { world, list, calls } = await shown()
  const before = list.getSnapshot()
  t.equal(list.getSnapshot(), before)
  world.server.noise()
  world.server.notify()
  await world.settle()
  const after = list.getSnapshot()
  t.not(after, before)
  t.same([before.items.length, after.items.length], [3, 4])
  t.equal(after.items[1], before.items[0], 'an item that did not change is the same')
  t.throws(() => { (after.items as unknown[]).push(1) }, TypeError)
  t.throws(() => { (after.items[0] as { title: string }).title = 'x' }, TypeError)
  t.equal(calls.length, 1)
  t.equal(list.getServerSnapshot(), list.getServerSnapshot())
  t.match(list.getServerSnapshot(), { items: [], networkStatus: 'loading', stale: true })
})

test('narrower lists show what is known of them before they are fetched', async t => {
  const { world, tab } = await shown()
  const orders = tab.inboxes.inbox({ topic: 'orders' })
  orders.subscribe(() => {})
  t.same(ids(orders), ['n3', 'n1'])
  t.equal(orders.getSnapshot().stale, true)
  await world.settle()
  t.match(orders.getSnapshot(), { stale: false, hasMore: false })
  t.equal(tab.inboxes.inbox({ topic: 'orders' }), orders, 'the same filter, the same list')
})

test('pages, and what a list does without a connection', async t => {
  const { world, list } = await shown([{ limit: 2 }], 5)
  t.match(list.getSnapshot(), { hasMore: true, networkStatus: 'ready' })
  const done = list.fetchNextPage()
  await settled()
  t.equal(list.getSnapshot().networkStatus, 'fetching_more')
  await world.settle()
  await done
  t.same(ids(list), ['n5', 'n4', 'n3', 'n2'])
  world.cut()
  await list.fetchNextPage()
  t.match(list.getSnapshot(), { networkStatus: 'error', connection: 'connecting', stale: true, hasMore: true })
  await world.settle()
  t.equal(list.getSnapshot().stale, false)
  const last = list.fetchNextPage()
  await world.settle()
  await last
  t.match(list.getSnapshot(), { hasMore: false, networkStatus: 'ready' })
  t.equal(ids(list).length, 5)
})

test('after inbox.changed a list is fetched again, not by everybody at once', async t => {
  const { world, server, list } = await shown([{}], 4)
  world.clock.random = () => 0.9
  server.change(false)
  world.deliver()
  await settled()
  t.equal(list.getSnapshot().stale, true)
  t.equal(world.calls.length, 0)
  await world.clock.advance(4000)
  t.equal(world.calls.length, 0)
  await world.clock.advance(1000)
  t.equal(world.calls.length, 1)
  await world.settle()
  t.same(ids(list), ['n3', 'n2'])
  t.match(list.getSnapshot(), { unreadCount: 2, stale: false })
})

test('what expires leaves the list by the time of the server, and its count', async t => {
  const { world, server, tab, list } = await shown()
  // This device is an hour behind.
  const call = tab.call.bind(tab)
  tab.call = async (...args) => ({ ...await call(...args), date: world.clock.now() + 3_600_000 })
  list.markAsRead('n1').catch(t.fail)
  await world.settle()
  server.now = () => world.clock.now() + 3_600_000
  server.notify({ lifetime: 10_000 })
  world.deliver()
  await settled()
  await world.clock.advance(9000)
  t.equal(list.getSnapshot().items.length, 4)
  await world.clock.advance(1600)
  t.match(list.getSnapshot(), { unreadCount: 2, items: [{ id: 'n3' }, { id: 'n2' }, { id: 'n1' }] })
})

test('a list whose answer is a page of somebody else is an error event', async t => {
  const { tab, list } = await shown()
  tab.call = async () => { throw new BelfryError('not_belfry', 'a login page', { status: 200 }) }
  await list.fetchNextPage()
  const archived = tab.inboxes.inbox({ view: 'archived' })
  await archived.fetchNextPage()
  t.equal(archived.getSnapshot().networkStatus, 'error')
  t.same(tab.errors, [{ code: 'not_belfry', reason: 'a login page' }])
})

test('nothing waits for an expiry that nobody looks at', async t => {
  const { world, server, tab } = await shown([])
  server.notify({ lifetime: 3_600_000 })
  await world.settle()
  const list = tab.inboxes.inbox()
  t.equal(world.clock.pending, 0)
  const end = list.subscribe(() => {})
  await world.settle()
  t.equal(world.clock.pending, 1)
  end()
  await settled()
  t.equal(world.clock.pending, 0)
  await world.clock.advance(3_700_000)
  t.match(list.getSnapshot(), { items: [{ id: 'n3' }, { id: 'n2' }, { id: 'n1' }] }, 'and it is gone all the same')
})

test('under load, listeners are told once a frame of the screen, and a snapshot is up to date all the same', async t => {
  const { world, server, list, calls } = await shown()
  for (let n = 0; n < 100; n++) {
    server.notify()
    world.deliver()
    await settled()
  }
  t.ok(calls.length <= 1)
  t.equal(list.getSnapshot().items.length, 103)
  await world.clock.advance(20)
  t.ok(calls.length <= 2)
})

test('bad input is a TypeError that says what is wrong', async t => {
  const { tab, list, world } = await shown()
  for (const [filter, reason] of [
    [{ view: 'all' }, /view must be active, archived or deleted/], [{ topic: 'a b' }, /topic must be 1 to 64/], [{ type: 'x' }, /type must be info, success, warning or error/],
    [{ unread: 1 }, /unread must be true or false/], [{ limit: 0 }, /limit must be/], [{ archived: true }, /There is no filter archived/], [null, /filters must be an object/], [[], /filters must be an object/]
  ] as const) t.throws(() => tab.inboxes.inbox(filter as never), reason)
  for (const id of ['', '..', 'a b', 'x'.repeat(129), 5, null]) await t.rejects(list.markAsRead([id as string]), TypeError)
  await t.rejects(list.act('n1', '../x'), /is not an id/)
  await t.rejects(list.markAsSeen('nowhere'), /takes the cursor/)
  t.same(world.calls, [])
  t.same(await Promise.all([list.markAsRead([]), list.markAsUnread('n1')]), [true, true], 'nothing to do is done')
})

test('an answer that is not Belfry\'s is an error event, and the list says so', async t => {
  const world = new World({ saysUnseen: true })
  world.answer = () => ({ status: 200, body: undefined })
  const tab = await world.open([{}])
  tab.lists[0]!.subscribe(() => {})
  world.connect()
  while (world.deliver());
  await settled()
  while (world.step(0, false));
  await settled()
  await settled()
  t.match(tab.errors, [{ code: 'not_belfry', reason: /is the url its base address/ }])
  t.match(tab.lists[0]!.getSnapshot(), { networkStatus: 'error', stale: true })
})

test('unread notifications that expire without being loaded leave the counts', async t => {
  const { world, server, list, calls } = await shown([{ limit: 1 }], 0)
  server.notify({ lifetime: 15 * 60_000 })
  server.notify()
  await world.settle()
  // Another tab has only the newest one.
  const tab = await world.open([{ limit: 1 }])
  const [other] = tab.lists
  other!.subscribe(() => {})
  await world.settle()
  t.match([ids(other!), other!.getSnapshot()], [['n2'], { unreadCount: 2, hasMore: true }])
  await world.clock.advance(31 * 60_000)
  await world.settle()
  t.match(list.getSnapshot(), { unreadCount: 1, unseenCount: 1, stale: false })
  t.match(other!.getSnapshot(), { unreadCount: 1, unseenCount: 1, stale: false })
  calls.length = world.calls.length = 0
  await world.clock.advance(60 * 60_000)
  t.same([calls, world.calls], [[], []], 'who has loaded all that is unread asks for nothing')
})

test('where topics are filtered out, lists and counts are fetched again', async t => {
  const world = new World({ saysUnseen: true })
  const { server } = world
  world.isFiltered = true
  for (let n = 0; n < 2; n++) server.notify()
  const list = (await world.open([{}])).lists[0]!
  list.subscribe(() => {})
  world.connect()
  world.deliverAll()
  /** So long passes, with what is asked meanwhile. */
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds; n++) {
      await world.clock.advance(1000)
      while (world.step(0, false));
    }
    await settled()
  }
  await pass(2)
  world.socket = undefined
  server.notify({ topic: 'other' })
  server.mark('read', ['n1'])
  server.recall('n2')
  await pass(30)
  t.match([ids(list), list.getSnapshot()], [['n2', 'n1'], { unreadCount: 2, unseenCount: 2, stale: false }])
  await pass(60)
  t.match([ids(list), list.getSnapshot()], [['n3', 'n1'], { unreadCount: 1, unseenCount: 2, stale: false }])
  t.equal(list.getSnapshot().items[1]!.read, true)
})

test('a page that failed is missed no more when another list has brought it', async t => {
  const { world, lists: [all, unread] } = await shown([{}, { unread: true, limit: 3 }], 60)
  const failed = unread!.fetchNextPage()
  world.step(0, true)
  await failed
  t.match(unread!.getSnapshot(), { hasMore: true, networkStatus: 'error' })
  const rest = all!.fetchNextPage()
  await world.settle()
  await rest
  const { items, ...others } = unread!.getSnapshot()
  t.match(others, { hasMore: false, networkStatus: 'ready', stale: false })
  t.equal(items.length, 60)
})

test('a mark of a client that is not connected, and does not try to be, is refused at once', async t => {
  const { world, list, tab, server } = await shown()
  const read = list.markAsRead('n1')
  await world.settle()
  t.equal(await read, true)
  world.cut()
  tab.connected('disconnected')
  const before = list.getSnapshot()
  for (const mark of [() => list.markAsRead('n2'), () => list.delete('n2'), () => list.markAllAsRead(), () => list.markAsSeen(), () => list.act('n2', 'yes'), () => list.undo()]) {
    t.equal(await mark(), false)
    t.match(tab.errors.splice(0), [{ code: 'disconnected', reason: /call connect\(\)/ }])
  }
  t.equal(list.getSnapshot(), before)
  tab.connected('connecting')
  const undone = list.undo()
  await world.settle()
  t.equal(await undone, true)
  t.match(server.notes, [{ read: false }, { read: false, deleted: false }], 'what was refused changes nothing later, and the undo is not lost')
})
