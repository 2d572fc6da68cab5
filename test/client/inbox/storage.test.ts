import { IDBFactory } from 'fake-indexeddb'
import { test } from 'tap'
import { indexedDb, type InboxStorage, type StoredInbox } from '../../../src/client/storage.ts'
import type { Factory } from '../../../src/client/storage.ts'
import { settled } from './hand-clock.ts'
import { World } from './world.ts'

const KEY = 'http://model u'
const databases = () => new IDBFactory() as unknown as Factory

/** Lets promises and the database go on until `isDone`. */
async function until (isDone: () => boolean | Promise<boolean>): Promise<void> {
  for (let n = 0; n < 500; n++) {
    if (await isDone()) return
    await settled()
  }
  throw new Error('it does not happen')
}

/** A storage whose reads and writes take no time of the world's. */
function timeless (world: World, storage: InboxStorage): InboxStorage {
  const open = new Set<Promise<unknown>>()
  world.clock.settled = async () => { do await settled(); while (open.size > 0) }
  const call = async <T>(done: Promise<T>) => {
    open.add(done)
    return await done.finally(() => open.delete(done))
  }
  return { load: async key => await call(storage.load(key)), save: async (key, inbox) => await call(storage.save(key, inbox)), wipe: async key => await call(storage.wipe(key)) }
}

/** A world with a tab whose inbox is stored. */
async function stored (storage: InboxStorage, notes = 3) {
  const world = new World({ saysUnseen: true })
  for (let n = 0; n < notes; n++) world.server.notify({ topic: 'orders' })
  const tab = await world.open([{}], timeless(world, storage))
  const end = tab.lists[0]!.subscribe(() => {})
  await world.settle()
  return { world, tab, list: tab.lists[0]!, end }
}

/** The page is closed, and opened again without a network. */
async function reopened (world: World, storage: InboxStorage) {
  for (const tab of [...world.tabs]) world.close(tab)
  const tab = await world.open([{}], timeless(world, storage))
  const list = tab.lists[0]!
  list.subscribe(() => {})
  return { tab, list }
}

test('an inbox is there at once when the page is opened again, also offline, and goes on from where it was', async t => {
  const storage = indexedDb({ factory: databases() })
  const { world, list } = await stored(storage)
  await until(async () => (await storage.load(KEY))?.items.length === 3)
  const before = list.getSnapshot()
  const { tab, list: again } = await reopened(world, storage)
  t.equal(tab.cursor, world.server.cursor(), 'it resumes')
  t.same(again.getSnapshot(), { ...before, connection: 'connecting', stale: true })
  const id = world.server.notify()
  world.server.mark('read', ['n1'])
  await world.settle()
  t.equal(again.getSnapshot().items[0]!.id, id)
  t.match(again.getSnapshot(), { unreadCount: 3, unseenCount: 4, hasMore: false, stale: false })
})

test('the newest 200 are kept', async t => {
  const storage = indexedDb({ factory: databases() })
  const { world, list } = await stored(storage, 230)
  for (let n = 0; n < 5; n++) {
    const done = list.fetchNextPage()
    await world.settle()
    await done
  }
  t.equal(list.getSnapshot().items.length, 230)
  await until(async () => (await storage.load(KEY))?.items.length === 200)
  const { list: again } = await reopened(world, storage)
  const { items, hasMore } = again.getSnapshot()
  t.same([items.length, items[0]!.id, hasMore], [200, 'n230', true])
})

test('marks that were made offline survive a reload, and are sent then', async t => {
  const storage = indexedDb({ factory: databases() })
  const { world, list, tab } = await stored(storage)
  world.cut()
  list.markAsRead('n2').catch(t.fail)
  await world.clock.advance(1500)
  await until(async () => (await storage.load(KEY))?.pending?.length === 1)
  const { list: again } = await reopened(world, storage)
  t.equal(again.getSnapshot().unreadCount, 2, 'and are shown until then')
  await world.settle()
  t.equal(world.server.unread(), 2)
  t.match(again.getSnapshot(), { unreadCount: 2, stale: false })
  t.same(tab.errors, [])
})

test('logout wipes what was stored, of this user only', async t => {
  const storage = indexedDb({ factory: databases() })
  const { tab, list, world } = await stored(storage)
  await until(async () => await storage.load(KEY) !== undefined)
  const other = { ...(await storage.load(KEY))! }
  await storage.save('http://model v', other)
  world.server.notify()
  await tab.inboxes.onLogout()
  await world.clock.advance(60_000)
  t.equal(await storage.load(KEY), undefined, 'and nothing is written after it')
  t.same(await storage.load('http://model v'), other)
  t.same(list.getSnapshot().items, [])
})

test('a storage that is forbidden or missing is an error event, and the client goes on', async t => {
  const forbidden: Factory = { open () { throw new Error('The operation is insecure.') } }
  for (const [factory, reason] of [[forbidden, /insecure/], [undefined, /no IndexedDB/]] as const) {
    const { tab, list } = await stored(indexedDb({ factory: factory as Factory }))
    t.equal(tab.errors[0]?.code, 'storage')
    t.match(tab.errors[0]!.reason, reason)
    t.match(list.getSnapshot(), { unreadCount: 3, stale: false })
  }
})

test('a database that does not open is an error event', async t => {
  const { setTimeout } = globalThis
  t.capture(globalThis, 'setTimeout', (fn: () => void) => setTimeout(fn, 0))
  const { tab } = await stored(indexedDb({ factory: { open: () => ({}) as never } }))
  t.match(tab.errors, [{ code: 'storage', reason: /does not answer/ }])
})

test('a storage that hangs is an error event, and is not asked without end', async t => {
  const calls: string[] = []
  let isHanging = true
  const hung: (() => void)[] = []
  const call = async (what: string) => {
    calls.push(what)
    if (isHanging) await new Promise<void>(resolve => hung.push(resolve))
    return undefined
  }
  const storage: InboxStorage = { load: async () => await call('load'), save: async () => { await call('save') }, wipe: async () => { await call('wipe') } }
  const world = new World({ saysUnseen: true })
  world.server.notify()
  const opening = world.open([{}], storage)
  await world.clock.advance(6_000)
  const tab = await opening
  t.match(tab.errors.splice(0), [{ code: 'storage', reason: /did not load.*no answer in time/ }])
  const list = tab.lists[0]!
  list.subscribe(() => {})
  for (let minute = 0; minute < 10; minute++) {
    world.server.notify()
    await world.settle()
    await world.clock.advance(60_000)
  }
  t.match(list.getSnapshot(), { unreadCount: 11, stale: false })
  t.same([calls, tab.errors], [['load'], []], 'it is told once')
  const loggedOut = tab.inboxes.onLogout()
  await world.clock.advance(6_000)
  await loggedOut
  t.match(tab.errors, [{ code: 'storage', reason: /did not wipe/ }], 'that something may be left is told')
  isHanging = false
  for (const answer of hung) answer()
  await settled()
  t.equal(calls.at(-1), 'wipe', 'it is wiped after all that was asked before')
  t.ok(calls.length <= 4)
})

test('a full storage keeps what it had, and is tried again', async t => {
  const inner = databases()
  let isFull = false
  const factory: Factory = {
    open (name, version) {
      const request = inner.open(name, version)
      return new Proxy(request, {
        get (target, field) {
          const value = Reflect.get(target, field)
          if (field !== 'result') return typeof value === 'function' ? value.bind(target) : value
          return new Proxy(value as object, { get: (database, name) => name === 'transaction' ? transaction(database) : bound(database, name), set: (database, name, to) => Reflect.set(database, name, to) })
        },
        set: (target, field, value) => Reflect.set(target, field, value)
      })
    }
  }
  const bound = (target: object, name: string | symbol) => {
    const value = Reflect.get(target, name)
    return typeof value === 'function' ? value.bind(target) : value
  }
  /** A browser without room aborts the transaction. */
  const transaction = (database: any) => (stores: string[], mode: string) => {
    const made = database.transaction(stores, mode)
    if (isFull && mode === 'readwrite') queueMicrotask(() => made.abort())
    return made
  }
  const storage = indexedDb({ factory })
  const { world, tab, list } = await stored(storage)
  await until(async () => (await storage.load(KEY))?.items.length === 3)
  isFull = true
  world.server.notify()
  await world.settle()
  t.equal(list.getSnapshot().items.length, 4, 'what is shown goes on')
  await until(() => tab.errors.length > 0)
  t.equal(tab.errors[0]!.code, 'storage')
  t.equal((await storage.load(KEY))?.items.length, 3)
  isFull = false
  world.server.notify()
  await world.settle()
  await until(async () => (await storage.load(KEY))?.items.length === 5)
})

test('what another version stored, or nobody knows who, is not read', async t => {
  const storage = indexedDb({ factory: databases() })
  for (const other of [{ version: 99 }, { version: 2, cursor: 5 }, { version: 2, cursor: 'epoch001.a', unread_count: 1, unseen_count: 1, items: [null] }, 'text']) {
    await storage.save(KEY, other as never)
    const { list } = await stored(storage)
    t.match(list.getSnapshot(), { unreadCount: 3, stale: false })
  }
})

test('a clock that is wrong neither loses what was kept nor keeps what has expired', async t => {
  for (const wrong of [3_600_000, -3_600_000]) {
    const kept = new Map<string, StoredInbox>()
    const storage: InboxStorage = { load: async key => kept.get(key), save: async (key, inbox) => { kept.set(key, structuredClone(inbox)) }, wipe: async key => { kept.delete(key) } }
    const world = new World({ saysUnseen: true })
    world.server.notify()
    world.server.notify({ lifetime: 7_200_000 })
    const visit = async () => {
      for (const tab of [...world.tabs]) world.close(tab)
      const tab = await world.open([], storage)
      const call = tab.call.bind(tab)
      tab.call = async (...args) => ({ ...await call(...args), date: world.server.now() })
      const list = tab.inboxes.inbox()
      list.subscribe(() => {})
      return list
    }
    await visit()
    await world.settle()
    // For a device that is late, the second one expires between the visits.
    if (wrong < 0) await world.clock.advance(7_200_000)
    world.clock.time += wrong
    world.server.now = () => world.clock.now() - wrong
    const items = wrong < 0 ? [{ id: 'n1' }] : [{ id: 'n2' }, { id: 'n1' }]
    const list = await visit()
    t.match(list.getSnapshot(), { items: [{ id: 'n2' }, { id: 'n1' }], stale: true }, 'nothing leaves before the server has told its time')
    await world.settle()
    t.match(list.getSnapshot(), { items, unreadCount: items.length, stale: false })
    t.match([...kept.values()][0]!.items, items)
    t.equal([...kept.values()][0]!.items.length, items.length)
    world.clock.time -= wrong
    world.server.now = () => world.clock.now()
    const right = await visit()
    await world.settle()
    t.match(right.getSnapshot(), { items, unreadCount: items.length, stale: false })
    t.equal(right.getSnapshot().items.length, items.length)
  }
})
