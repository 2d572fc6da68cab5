import type { Test } from 'tap'
import type { MarkVerb, Store } from '../../../src/store/store.ts'
import { clock, draft, follow, inboxIds, marked, type Engine, type Part } from './engine.ts'

/** A store with alice and, in her inbox, notifications `1` to `count`, the odd ones of topic `odd`; a clock that stands. */
async function openInbox (t: Test, engine: Engine, count: number) {
  const { now, move } = clock()
  const { store } = await engine.open(t, { now })
  await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
  await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 1 })
  for (let id = 1; id <= count; id++) {
    await store.notify(draft({ all: true }, { id: String(id), topic: id % 2 === 1 ? 'odd' : null }))
  }
  return { store, now, move, committed: follow(store) }
}

/** Ids and read times of alice's inbox, oldest first. */
async function readTimes (store: Store): Promise<[string, number | null][]> {
  const { entries } = await store.inbox('alice', { limit: 1000 })
  return entries.map(({ body, readAt }): [string, number | null] => [(JSON.parse(body) as { id: string }).id, readAt]).reverse()
}

export const marks: Part = (t, engine) => {
  t.test('read: found, missing, the count, one event for the batch', async t => {
    const { store, now, committed } = await openInbox(t, engine, 3)
    t.same(await marked(store, 'alice', 'read', ['1', '3', 'nothing', '1']), {
      found: [{ id: '1', readAt: now() }, { id: '3', readAt: now() }], missing: ['nothing']
    })
    t.same(await readTimes(store), [['1', now()], ['2', null], ['3', now()]])
    t.same(await store.unread('alice'), { count: 1, unseen: 3, seq: 6, floor: 0 })
    t.equal((await store.unread('bob')).count, 3, 'others\' inboxes stay')
    t.match(committed, [{
      seq: 6, kind: 'notification.read', id: null, keys: ['u:alice'], at: now(), body: JSON.stringify({ ids: ['1', '3'], unread_count: 1, unseen_count: 3 })
    }])
  })

  t.test('reading again changes nothing and keeps the first time', async t => {
    const { store, now, move, committed } = await openInbox(t, engine, 2)
    const first = now()
    await store.mark('alice', 'read', ['1'])
    move(1000)
    t.same(await marked(store, 'alice', 'read', ['1']), { found: [{ id: '1', readAt: first }], missing: [] })
    t.equal(committed.length, 1)
    t.same(await marked(store, 'alice', 'read', ['1', '2']), { found: [{ id: '1', readAt: first }, { id: '2', readAt: now() }], missing: [] })
    t.equal(committed.at(-1)!.body, JSON.stringify({ ids: ['2'], unread_count: 0, unseen_count: 2 }), 'an event names only what changed')
  })

  t.test('unread, and read once more', async t => {
    const { store, now, move, committed } = await openInbox(t, engine, 1)
    t.same(await marked(store, 'alice', 'unread', ['1']), { found: [{ id: '1', readAt: null }], missing: [] })
    t.equal(committed.length, 0, 'what was never read stays so')
    await store.mark('alice', 'read', ['1'])
    t.same(await marked(store, 'alice', 'unread', ['1']), { found: [{ id: '1', readAt: null }], missing: [] })
    await store.mark('alice', 'unread', ['1'])
    t.equal((await store.unread('alice')).count, 1)
    t.same(await readTimes(store), [['1', null]])
    move(1000)
    t.same(await marked(store, 'alice', 'read', ['1']), { found: [{ id: '1', readAt: now() }], missing: [] })
    t.same(committed.map(({ kind }) => kind), ['notification.read', 'notification.unread', 'notification.read'])
  })

  t.test('delete: from one inbox, once, telling what it was before', async t => {
    const { store, now, committed } = await openInbox(t, engine, 3)
    const before = now()
    await store.mark('alice', 'read', ['1', '2'])
    await store.mark('alice', 'unread', ['2'])
    t.same(await marked(store, 'alice', 'delete', ['1', '2', '3']), {
      found: [{ id: '1', readAt: before }, { id: '2', readAt: null }, { id: '3', readAt: null }], missing: []
    })
    t.same(await inboxIds(store, 'alice'), [])
    t.equal((await store.unread('alice')).count, 0)
    t.same(await inboxIds(store, 'bob'), ['3', '2', '1'])
    t.match(committed.at(-1), { kind: 'notification.deleted', keys: ['u:alice'], body: JSON.stringify({ ids: ['1', '2', '3'], unread_count: 0, unseen_count: 0 }) })
    const told = committed.length
    for (const verb of ['delete', 'read', 'unread'] satisfies MarkVerb[]) {
      t.same(await marked(store, 'alice', verb, ['1']), { found: [], missing: ['1'] })
    }
    t.equal(committed.length, told)
    t.ok(await store.notification('1'), 'the notification itself is still there')
  })

  t.test('read all: one event, however many; repeated it is nothing', async t => {
    const { store, now, move, committed } = await openInbox(t, engine, 5)
    const early = now()
    await store.mark('alice', 'read', ['2'])
    move(1000)
    t.equal((await store.readAll('alice', null, null)).count, 4)
    t.same(await readTimes(store), [['1', now()], ['2', early], ['3', now()], ['4', now()], ['5', now()]])
    t.equal((await store.unread('alice')).count, 0)
    t.equal((await store.inbox('alice', { limit: 10, unread: false })).entries.length, 5)
    t.equal((await store.inbox('alice', { limit: 10, unread: true })).entries.length, 0)
    const { body, ...event } = committed.at(-1)!
    t.match(event, { kind: 'inbox.read_all', keys: ['u:alice'] })
    t.same(JSON.parse(body), { before: `${store.epoch}.7`, unread_count: 0, unseen_count: 5 }, 'its place is the newest that became read')
    const told = committed.length
    t.equal((await store.readAll('alice', null, null)).count, 0)
    t.equal(committed.length, told)
    t.equal((await store.unread('bob')).count, 5)

    await store.notify(draft({ all: true }, { id: '6' }))
    t.same((await readTimes(store)).at(-1), ['6', null], 'what comes later is unread')
  })

  t.test('read all up to a place, which may lie anywhere', async t => {
    const { store } = await openInbox(t, engine, 4)
    const third = (await store.inbox('alice', { limit: 2 })).entries[1]!.seq
    t.equal((await store.readAll('alice', 0, null)).count, 0)
    t.equal((await store.readAll('alice', third, null)).count, 3, 'the place itself included')
    t.same((await readTimes(store)).map(([, at]) => at === null), [false, false, false, true])
    t.equal((await store.readAll('alice', third - 1, null)).count, 0)
    t.equal((await store.readAll('alice', Number.MAX_SAFE_INTEGER, null)).count, 1, 'past the head is the head')
    await store.notify(draft({ all: true }, { id: '5' }))
    t.equal((await store.unread('alice')).count, 1, 'and reads nothing ahead of time')
  })

  t.test('read all of one topic', async t => {
    const { store, now, move, committed } = await openInbox(t, engine, 6)
    const early = now()
    t.equal((await store.readAll('alice', null, 'nothing')).count, 0)
    t.equal(committed.length, 0)
    t.equal((await store.readAll('alice', null, 'odd')).count, 3)
    t.equal(JSON.parse(committed.at(-1)!.body).topic, 'odd')
    t.same((await readTimes(store)).map(([, at]) => at), [early, null, early, null, early, null])
    t.equal((await store.readAll('alice', null, 'odd')).count, 0)
    move(1000)
    t.equal((await store.readAll('alice', null, null)).count, 3, 'the others are what is left')
    t.same((await readTimes(store)).map(([, at]) => at), [early, now(), early, now(), early, now()], 'the first time stays')
  })

  t.test('what a read-all covered can be unread, read and deleted again', async t => {
    const { store, now, move } = await openInbox(t, engine, 4)
    const early = now()
    await store.readAll('alice', null, null)
    move(1000)
    t.same(await marked(store, 'alice', 'read', ['1']), { found: [{ id: '1', readAt: early }], missing: [] }, 'it is read already')
    await store.mark('alice', 'unread', ['1', '2', '3'])
    t.equal((await store.unread('alice')).count, 3)
    t.same((await store.inbox('alice', { limit: 10, unread: true })).entries.map(({ readAt }) => readAt), [null, null, null])
    t.same(await marked(store, 'alice', 'delete', ['2', '4']), { found: [{ id: '2', readAt: null }, { id: '4', readAt: early }], missing: [] })
    t.same(await marked(store, 'alice', 'read', ['3']), { found: [{ id: '3', readAt: now() }], missing: [] })
    t.equal((await store.readAll('alice', null, 'odd')).count, 1)
    t.same(await readTimes(store), [['1', now()], ['3', now()]])
    t.equal((await store.unread('alice')).count, 0)
  })

  t.test('what is unread again and lies past a read-all stays unread', async t => {
    const { store, committed } = await openInbox(t, engine, 4)
    await store.readAll('alice', null, null)
    await store.mark('alice', 'unread', ['2', '3'])
    const [second, third] = (await store.inbox('alice', { limit: 10, unread: true })).entries.map(({ seq }) => seq).reverse()
    const told = committed.length
    t.equal((await store.readAll('alice', second! - 1, null)).count, 0)
    t.equal(committed.length, told)
    t.equal((await store.readAll('alice', second!, null)).count, 1, 'the place itself included')
    t.same((await store.inbox('alice', { limit: 10, unread: true })).entries.map(({ seq }) => seq), [third])
    t.equal((await store.readAll('alice', third!, 'odd')).count, 1)
    t.equal((await store.unread('alice')).count, 0)
  })

  t.test('a recalled notification is in nobody\'s read-all', async t => {
    const { store } = await openInbox(t, engine, 3)
    await store.recall('1')
    await store.mark('alice', 'delete', ['2'])
    t.equal((await store.readAll('alice', null, null)).count, 1)
    t.equal((await store.readAll('bob', null, null)).count, 2)
  })

  t.test('the same mark many times at once is one change', async t => {
    const { store, committed } = await openInbox(t, engine, 2)
    await Promise.all(Array.from({ length: 20 }, (_, number) => number % 2 === 0 ? store.mark('alice', 'read', ['1']) : store.readAll('bob', null, null)))
    t.same(committed.map(({ kind }) => kind).sort(), ['inbox.read_all', 'notification.read'])
  })

  t.test('a mark that comes after what was done since it was made changes nothing', async t => {
    const { store, committed } = await openInbox(t, engine, 3)
    const pairs: [first: MarkVerb, back: MarkVerb][] = [['read', 'unread'], ['archive', 'unarchive'], ['delete', 'restore']]
    for (const [verb, back] of pairs) {
      const since = await store.head()
      await store.mark('alice', verb, ['1', '2'])
      await store.mark('alice', back, ['1'])
      const before = committed.length
      const late = await store.mark('alice', verb, ['1', '2', '3', 'nothing'], since)
      t.match(late, { found: [{ id: '1' }, { id: '2' }, { id: '3' }], overtaken: ['1', '2'], missing: ['nothing'], hasChanged: true }, verb)
      t.same(JSON.parse(committed[before]!.body).ids, ['3'], 'the others are marked')
      t.match(await store.mark('alice', back, ['2', '3'], late.seq - 1), { found: [{}, {}], overtaken: ['3'], missing: [] }, `${back}, of what is changed later`)
      t.match(await store.mark('alice', back, ['3'], late.seq), { overtaken: [], hasChanged: true }, 'who knew of it takes it back')
      t.equal((await inboxIds(store, 'alice')).length, 3)
    }
    const since = await store.head()
    await store.mark('alice', 'archive', ['1'])
    t.match(await store.mark('alice', 'read', ['1'], since), { overtaken: [], hasChanged: true }, 'states are independent')
    await store.mark('alice', 'delete', ['1'])
    t.match(await store.mark('alice', 'unread', ['1'], since), { found: [], missing: ['1'] }, 'what is deleted can only be restored')
  })

  t.test('nor does a "read all", or a mark after one', async t => {
    const { store } = await openInbox(t, engine, 4)
    const since = await store.head()
    const third = since - 1
    await store.readAll('alice', third, null)
    await store.mark('alice', 'unread', ['1'])
    t.match(await store.readAll('alice', third, null, since), { count: 0, unread: 2 }, 'as much was read')
    t.match(await store.readAll('alice', third, 'odd', since), { count: 0, unread: 2 }, 'of one topic, too')
    t.match(await store.mark('alice', 'unread', ['2'], since), { overtaken: ['2'], unread: 2 })
    t.match(await store.readAll('alice', since, null, since), { count: 2, unread: 0 }, 'more was not')
    t.match(await store.mark('alice', 'unread', ['1', '2'], since), { overtaken: ['1', '2'], unread: 0 }, 'by a mark or not')
    const later = await store.head()
    await store.readAll('alice', null, null)
    t.match(await store.mark('alice', 'unread', ['1', '2'], later), { overtaken: [], unread: 2 }, 'what was read before is not changed by it')
  })
}
