import type { Draft, InboxEntry, Store } from '../../../src/store/store.ts'
import { clock, codeOf, draft, inboxIds, marked, upTo, type Part } from './engine.ts'

const HOUR = 3_600_000

/** An inbox, page by page. */
async function pages (store: Store, userId: string, limit: number, after?: (page: number) => Promise<unknown>): Promise<InboxEntry[]> {
  const entries: InboxEntry[] = []
  for (let page = 1; ; page++) {
    const before = entries.at(-1)?.seq
    const view = await store.inbox(userId, { limit, ...(before === undefined ? {} : { before }) })
    entries.push(...view.entries)
    if (!view.more) return entries
    await after?.(page)
  }
}

export const inbox: Part = (t, engine) => {
  /** A store with alice, who is a user of company a. */
  async function openWithAlice (t: Parameters<Part>[0], options?: { now?: () => number }) {
    const { store } = await engine.open(t, options)
    await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
    return store
  }

  t.test('pages have no duplicates and no holes while others append, read and recall', async t => {
    const store = await openWithAlice(t)
    const audiences = [{ all: true as const }, { users: ['alice', 'bob'] }, { companies: ['a', 'b'] }, { roles: ['user'] }, { companies: ['a'], roles: ['user', 'admin'] }]
    const sent = await Promise.all(upTo(60).map(number => store.notify(draft(audiences[number % audiences.length]!))))
    const late = draft({ all: true })
    await store.notify(late)
    const expected = [late.id, ...sent.map(({ id }) => id).reverse()]

    // Every page is followed by new entries, and by changes to what is on later pages.
    const seen = await pages(store, 'alice', 7, page => Promise.all([
      store.notify(draft({ all: true })),
      store.notify(draft({ users: ['alice'] })),
      store.mark('alice', 'read', [sent[page]!.id]),
      page === 1 ? store.recall(sent[0]!.id) : undefined
    ]))
    const ids = seen.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    t.same(ids, expected.slice(0, -1), 'all that was there when paging began, less what was recalled meanwhile')
    t.same(seen.map(({ seq }) => seq), seen.map(({ seq }) => seq).sort((a, b) => b - a), 'newest first')
  })

  t.test('a page says whether older ones follow', async t => {
    const store = await openWithAlice(t)
    await Promise.all(upTo(4).map(() => store.notify(draft({ all: true }))))
    for (const [limit, more] of [[3, true], [4, false], [5, false]] as const) {
      const view = await store.inbox('alice', { limit })
      t.equal(view.entries.length, Math.min(limit, 4))
      t.equal(view.more, more, `limit ${limit}`)
    }
  })

  t.test('filters by topic, type and state join', async t => {
    const store = await openWithAlice(t)
    const send = (overrides: Partial<Draft>) => store.notify(draft({ users: ['alice'] }, overrides))
    await send({ id: 'a', topic: 'x', type: 'info' })
    await send({ id: 'b', topic: 'x', type: 'error' })
    await send({ id: 'c', topic: 'y', type: 'error' })
    await send({ id: 'd', topic: null, type: 'error' })
    await store.mark('alice', 'read', ['b', 'd'])

    const filtered = async (filter: object) => {
      const { entries, unread } = await store.inbox('alice', { limit: 10, ...filter })
      t.equal(unread, 2, 'the unread count is the whole inbox\'s')
      return entries.map(({ body }) => (JSON.parse(body) as { id: string }).id).join('')
    }
    t.equal(await filtered({}), 'dcba')
    t.equal(await filtered({ topic: 'x' }), 'ba')
    t.equal(await filtered({ type: 'error' }), 'dcb')
    t.equal(await filtered({ unread: true }), 'ca')
    t.equal(await filtered({ unread: false }), 'db')
    t.equal(await filtered({ topic: 'x', type: 'error', unread: false }), 'b')
    t.equal(await filtered({ topic: 'x', type: 'error', unread: true }), '')
    t.equal(await filtered({ before: 4, type: 'error' }), 'b', 'before is exclusive')
    t.equal(await filtered({ topic: 'nothing' }), '')
  })

  t.test('a recall takes a notification out of every inbox, once', async t => {
    const store = await openWithAlice(t)
    await store.applyClaims({ id: 'bob', role: 'user', company: 'b', iat: 1 })
    const wrong = draft({ all: true })
    await store.notify(wrong)
    await store.mark('bob', 'read', [wrong.id])
    await store.recall(wrong.id)
    for (const user of ['alice', 'bob']) {
      t.same(await inboxIds(store, user), [])
      t.equal((await store.unread(user)).count, 0)
      t.same(await marked(store, user, 'read', [wrong.id]), { found: [], missing: [wrong.id] })
    }
    const head = await store.head()
    t.equal(await codeOf(store.recall(wrong.id)), 'BLF_NOTIFICATION_NOT_FOUND')
    t.equal(await codeOf(store.recall('nothing')), 'BLF_NOTIFICATION_NOT_FOUND')
    t.equal(await store.head(), head, 'and adds no event a second time')
    const [recalled] = await store.events(head - 1, 1)
    t.match(recalled, { kind: 'notification.recalled', id: null, keys: ['all'], body: JSON.stringify({ ids: [wrong.id] }) })
  })

  t.test('an expired notification leaves the inbox, the count and the replay', async t => {
    const { now, move } = clock()
    const store = await openWithAlice(t, { now })
    const short = draft({ all: true }, { expiresAt: now() + HOUR })
    const long = draft({ all: true }, { expiresAt: now() + 3 * HOUR })
    await store.notify(short)
    await store.notify(long)
    const replayed = async () => (await store.replay('alice', 0, await store.head(), 100))!.events.map(({ id }) => id)
    t.same(await inboxIds(store, 'alice'), [long.id, short.id])
    t.equal((await store.unread('alice')).count, 2)
    t.same(await replayed(), [short.id, long.id])

    move(HOUR - 1)
    t.same(await inboxIds(store, 'alice'), [long.id, short.id], 'until the moment itself')
    move(1)
    t.same(await inboxIds(store, 'alice'), [long.id])
    t.equal((await store.unread('alice')).count, 1)
    t.same(await replayed(), [long.id])
    t.same(await marked(store, 'alice', 'read', [short.id]), { found: [], missing: [short.id] })
    t.equal((await store.readAll('alice', null, null)).count, 1, 'what expired was not read')
  })

  t.test('an unknown user\'s inbox is empty', async t => {
    const { store } = await engine.open(t)
    await store.notify(draft({ all: true }))
    await store.notify(draft({ users: ['nobody'] }))
    t.same(await store.inbox('nobody', { limit: 10 }), { entries: [], more: false, unread: 0, unseen: 0, seq: 2 })
    t.same(await store.unread('nobody'), { count: 0, unseen: 0, seq: 2, floor: 0 })
    t.same((await store.replay('nobody', 0, 2, 10))!.events, [])
    t.same(await marked(store, 'nobody', 'read', ['n']), { found: [], missing: ['n'] })
    t.equal((await store.readAll('nobody', null, null)).count, 0)
  })

  t.test('a replay is what an inbox is made of, in log order, in pages', async t => {
    const store = await openWithAlice(t)
    const ids: string[] = []
    for (const audience of [{ all: true as const }, { users: ['alice'] }, { companies: ['b'] }, { companies: ['a'], roles: ['user'] }]) {
      for (let count = 0; count < 5; count++) ids.push((await store.notify(draft(audience))).id)
    }
    await store.mark('alice', 'read', ids.slice(0, 2))
    await store.mark('alice', 'delete', ids.slice(5, 6))
    await store.applyClaims({ id: 'bob', role: 'user', company: 'b', iat: 1 })
    await store.readAll('bob', null, null)

    const upTo = await store.head()
    await store.notify(draft({ all: true }))
    const seen = []
    for (let after = 3; ;) {
      const page = (await store.replay('alice', after, upTo, 4))!.events
      seen.push(...page)
      if (page.length < 4) break
      after = page.at(-1)!.seq
    }
    const own = (await store.events(3, 100)).filter(({ seq, keys }) => seq <= upTo && keys.some(key => ['all', 'u:alice', 'cr:a/user'].includes(key)))
    t.same(seen, own)
    t.same(seen.slice(-2).map(({ kind }) => kind), ['notification.read', 'notification.deleted'])
  })
}
