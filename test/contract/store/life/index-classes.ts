import type { Test } from 'tap'
import { INDEX_CLASS, type NotificationClass } from '../../../../src/store/ops/index-class.ts'
import type { Store } from '../../../../src/store/store.ts'
import { clock, draft, inboxIds, upTo, type Engine, type Part } from '../engine.ts'

async function openFor (t: Test, engine: Engine) {
  const time = clock()
  const { store } = await engine.open(t, { now: time.now })
  await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
  const notify = (id: string, keys: string[], indexClass: NotificationClass, expiresAt: number | null = null, topic: string | null = null) => {
    return store.notify({ ...draft({ all: true }, { id, topic, expiresAt }), keys, indexClass })
  }
  const counts = async (userId = 'alice') => {
    const { count, unseen } = await store.unread(userId)
    return [count, unseen]
  }
  return { store, time, notify, counts }
}

const ids = async (store: Store, filter: Parameters<Store['inbox']>[1]) => (await store.inbox('alice', filter)).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)

/** Notifications that can meet a user under several keys, and those that are also for who joins later. */
export const indexClasses: Part = (t, engine) => {
  t.test('one that meets a user under several keys is one in lists, counts and replay', async t => {
    const { store, notify, counts } = await openFor(t, engine)
    await notify('one', ['all'], INDEX_CLASS.single)
    await notify('several', ['c:a', 'r:user', 'c:b'], INDEX_CLASS.several, null, 'news')
    await notify('elsewhere', ['c:b', 'r:admin'], INDEX_CLASS.several)
    t.same([await inboxIds(store, 'alice'), await counts()], [['several', 'one'], [2, 2]])
    t.same(await ids(store, { limit: 10, unread: true, topic: 'news' }), ['several'])
    t.same((await store.replay('alice', 0, await store.head(), 10))!.events.map(({ id }) => id).filter(Boolean), ['one', 'several'])
    t.match(await store.mark('alice', 'read', ['several']), { found: [{ id: 'several' }], unread: 1 })
    t.same(await ids(store, { limit: 10, unread: false }), ['several'])
    t.match(await store.mark('alice', 'unread', ['several']), { unread: 2 })
    t.match(await store.readAll('alice', null, 'news'), { count: 1, unread: 1 })
    t.match(await store.readAll('alice', null, null), { count: 1, unread: 0 })
    t.match(await store.mark('alice', 'unread', ['several']), { unread: 1 }, 'also before the newest "read all"')
    t.match(await store.mark('alice', 'archive', ['several']), { unread: 0 })
    t.same([await ids(store, { limit: 10 }), await ids(store, { limit: 10, view: 'archived' }), await counts()], [['one'], ['several'], [0, 1]])
    t.match(await store.see('alice', await store.head()), { unseen: 0 })
    await store.recall('several')
    t.same(await ids(store, { limit: 10, view: 'archived' }), [])
  })

  t.test('pages of many of them have each once', async t => {
    const { store, notify, counts } = await openFor(t, engine)
    for (const number of upTo(40)) await notify(`n-${number}`, number % 3 === 0 ? ['all'] : ['c:a', 'r:user'], number % 3 === 0 ? INDEX_CLASS.single : INDEX_CLASS.several)
    const found: string[] = []
    for (let before: number | undefined; ;) {
      const { entries, more } = await store.inbox('alice', { limit: 7, ...(before === undefined ? {} : { before }) })
      found.push(...entries.map(({ body }) => (JSON.parse(body) as { id: string }).id))
      if (!more) break
      before = entries.at(-1)!.seq
    }
    t.same([found, await counts()], [upTo(40).reverse().map(number => `n-${number}`), [40, 40]])
  })

  t.test('who joins later sees what is for late joiners, unread and unseen whatever was marked before, until it expires', async t => {
    const { store, time, notify, counts } = await openFor(t, engine)
    const expiresAt = time.now() + 10_000
    await store.applyClaims({ id: 'bob', role: 'user', company: 'b', iat: 1 })
    await notify('late', ['c:a'], INDEX_CLASS.late, expiresAt)
    await notify('usual', ['c:a'], INDEX_CLASS.single)
    t.same([await inboxIds(store, 'bob'), await counts('bob')], [[], [0, 0]])
    await store.readAll('bob', null, null)
    await store.see('bob', await store.head())
    await store.changeUser('bob', { company: 'a' })
    t.same([await inboxIds(store, 'bob'), await counts('bob')], [['late'], [1, 1]])
    t.match(await store.mark('bob', 'read', ['late']), { unread: 0, found: [{ id: 'late' }] })
    await store.mark('bob', 'delete', ['late'])
    t.same([await inboxIds(store, 'bob'), await counts('bob')], [[], [0, 0]])
    await store.changeUser('bob', { company: 'b' })
    await store.changeUser('bob', { company: 'a' })
    t.same([await inboxIds(store, 'bob'), await counts('bob')], [['late'], [1, 1]], 'a mark covers what was in the inbox when it was made')
    t.match(await store.readAll('bob', null, null), { count: 1, unread: 0 })
    t.match(await store.see('bob', await store.head()), { unseen: 0 })
    await store.mark('alice', 'read', ['late'])
    t.same([await counts(), await counts('bob')], [[1, 2], [0, 0]])
    time.move(10_000)
    t.same([await inboxIds(store, 'bob'), await counts()], [[], [1, 1]])
  })
}
