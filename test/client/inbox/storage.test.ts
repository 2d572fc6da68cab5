import { IDBFactory } from 'fake-indexeddb'
import { test } from 'tap'
import { indexedDb, type InboxStorage } from '../../../src/client/storage.ts'
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

/** A world with a tab whose inbox is stored. */
async function stored (storage: InboxStorage, notes = 3) {
  const world = new World({ saysUnseen: true })
  for (let n = 0; n < notes; n++) world.server.notify({ topic: 'orders' })
  const tab = await world.open([{}], storage)
  const end = tab.lists[0]!.subscribe(() => {})
  await world.settle()
  return { world, tab, list: tab.lists[0]!, end }
}

/** The page is closed, and opened again without a network. */
async function reopened (world: World, storage: InboxStorage) {
  for (const tab of [...world.tabs]) world.close(tab)
  const tab = await world.open([{}], storage)
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
