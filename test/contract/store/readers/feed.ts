import type { FeedFilter } from '../../../../src/store/contract/feed.ts'
import type { Store } from '../../../../src/store/store.ts'
import type { Test } from 'tap'
import { clock, codeOf, draft, upTo, type Part } from '../engine.ts'

const DAY = 86_400_000
const everything = { company: null }
const by = (id: string, kind: 'user' | 'key' = 'user') => ({ by: { kind, id, sessionId: null } })

/** The whole feed, in pages of three. */
async function wholeFeed (store: Store, filter: Partial<FeedFilter> = {}) {
  const events = []
  let after: number | null = null
  while (true) {
    const page = await store.feed({ after, limit: 3, of: everything, ...filter })
    events.push(...page.events)
    after = page.upTo
    if (page.upTo === page.head) return events
  }
}

export const feed: Part = (t, engine) => {
  /** Users of two companies, and one of none; what happened so far is behind `after`. */
  async function open (t: Test) {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    for (const [id, role, company] of [['root', 'admin', null], ['alice', 'admin', 'a'], ['bob', 'user', 'a'], ['carol', 'user', 'b']] as const) await store.createUser({ id, username: id, role, company, passwordHash: null })
    const after = await store.head()
    const send = (company: string | null, id: string, overrides = {}) => store.notify(draft(company === null ? { all: true } : { companies: [company] }, { id, scope: company, topic: 'news', at: now(), ...overrides }))
    const shown = async (of: FeedFilter['of'] = everything, types?: FeedFilter['types']) => (await wholeFeed(store, { of, ...(types ? { types } : {}) })).filter(({ seq }) => seq > after)
    return { store, now, move, after, send, shown }
  }

  t.test('what happens is told: what, when, to what, by whom', async t => {
    const { store, now, after, send, shown } = await open(t)
    const at = now()
    await send('a', 'n-1', { demand: { by: null, remindMs: null, reminders: 0, escalate: null } })
    await send('a', 'n-2', { topic: null, body: JSON.stringify({ id: 'n-2', title: 'T', actions: [{ id: 'go', label: 'Go' }] }) })
    await store.edit('n-1', { fields: { title: 'New' } })
    await store.acknowledge('bob', ['n-1'])
    await store.act('bob', 'n-2', 'go')
    for (const verb of ['read', 'unread', 'archive', 'unarchive', 'delete', 'restore'] as const) await store.mark('bob', verb, ['n-1', 'n-2'])
    await store.readAll('bob', null, 'news')
    await store.see('bob', 5)
    await store.recall('n-2')
    const both = { userId: 'bob', notificationIds: ['n-1', 'n-2'] }
    const events = await shown()
    t.same(events.map(({ seq, at: _, before, ...event }) => event), [
      { type: 'notification.sent', topic: 'news', notificationIds: ['n-1'] },
      { type: 'notification.sent', notificationIds: ['n-2'] },
      { type: 'notification.updated', topic: 'news', notificationIds: ['n-1'] },
      { type: 'notification.acknowledged', userId: 'bob', notificationIds: ['n-1'] },
      { type: 'notification.acted', userId: 'bob', notificationIds: ['n-2'] },
      ...['read', 'unread', 'archived', 'unarchived', 'deleted', 'restored'].map(verb => ({ type: `notification.${verb}`, ...both })),
      { type: 'inbox.read_all', userId: 'bob', topic: 'news' },
      { type: 'notification.recalled', notificationIds: ['n-2'] }
    ])
    t.ok(events.every(event => event.at === at))
    t.equal(events.find(({ type }) => type === 'inbox.read_all')!.before, `${store.epoch}.${(after + 1).toString(36)}`)
    t.same(events.map(({ seq }) => seq), events.map(({ seq }) => seq).sort((a, b) => a - b))
    t.same((await shown(everything, ['notification.recalled', 'notification.acted'])).map(({ type }) => type), ['notification.acted', 'notification.recalled'])
    t.same(await shown(everything, []), [])
  })

  t.test('users come, change and go', async t => {
    const { store, shown } = await open(t)
    await store.applyClaims({ id: 'dave', role: 'user', company: 'b', iat: 1 })
    await store.changeUser('dave', { role: 'editor' })
    await store.changeUser('dave', { company: 'a' })
    await store.removeUser('dave')
    await store.createUser({ id: 'dave', username: null as never, role: 'user', company: 'b', passwordHash: null })
    const types = async (of: FeedFilter['of']) => (await shown(of)).map(({ type, userId }) => `${type} ${userId}`)
    t.same(await types(everything), ['user.created dave', 'user.updated dave', 'user.updated dave', 'user.removed dave', 'user.created dave'])
    t.same(await types({ company: 'a' }), ['user.updated dave', 'user.removed dave'], 'from the move on, that itself included')
    t.same(await types({ company: 'b' }), ['user.created dave', 'user.updated dave', 'user.updated dave', 'user.created dave'], 'up to the move')
    t.same((await shown(everything, ['user.created'])).length, 2)
  })

  t.test('a company sees what was sent to it alone, and what its users did while they were its users', async t => {
    const { store, send, shown } = await open(t)
    await send(null, 'to-all')
    await send('a', 'to-a')
    await send('b', 'to-b')
    for (const id of ['to-all', 'to-a', 'to-b']) await store.edit(id, { fields: { title: 'New' } })
    await store.mark('bob', 'read', ['to-all'])
    await store.mark('carol', 'read', ['to-all'])
    await store.changeUser('bob', { company: 'b' })
    await store.mark('bob', 'unread', ['to-all'])
    for (const id of ['to-all', 'to-a', 'to-b']) await store.recall(id)
    const seen = async (of: FeedFilter['of']) => (await shown(of)).map(({ type, userId, notificationIds }) => [type.split('.')[1], userId, ...notificationIds ?? []].filter(Boolean).join(' '))
    t.same(await seen({ company: 'a' }), ['sent to-a', 'updated to-a', 'read bob to-all', 'updated bob', 'recalled to-a'])
    t.same(await seen({ company: 'b' }), ['sent to-b', 'updated to-b', 'read carol to-all', 'updated bob', 'unread bob to-all', 'recalled to-b'])
    t.same(await seen({ company: 'nowhere' }), [])
    t.same(await seen(by('alice')), await seen({ company: 'a' }))
    t.same(await seen(by('root')), await seen(everything))
    await store.createKey({ id: 'ab', name: 'ab', hash: 'ab', scopes: ['events:read:a', 'events:read:b'] })
    t.same((await seen(by('ab', 'key'))).length, 10, 'what both see comes once')
  })

  t.test('rights are judged as they are stored now', async t => {
    const { store } = await open(t)
    const read = (of: FeedFilter['of']) => codeOf(store.feed({ after: null, limit: 1, of }))
    t.same(await Promise.all([read(by('bob')), read(by('nobody')), read(by('alice'))]), ['BLF_FORBIDDEN', 'BLF_UNAUTHENTICATED', undefined])
    await store.changeUser('alice', { role: 'user' })
    t.equal(await read(by('alice')), 'BLF_FORBIDDEN')
    await store.createKey({ id: 'k', name: 'k', hash: 'k', scopes: ['events:read', 'send:all'] })
    t.equal(await read(by('k', 'key')), undefined)
    await store.revokeKey('k')
    t.equal(await read(by('k', 'key')), 'BLF_UNAUTHENTICATED')
  })

  t.test('a page with many of other types ends early, and nothing behind it is passed over', async t => {
    const { store, after, shown } = await open(t)
    for (const number of upTo(100)) await store.changeUser('carol', { role: number % 2 === 0 ? 'user' : 'editor' })
    await store.removeUser('carol')
    const page = await store.feed({ after, limit: 2, types: ['user.removed'], of: everything })
    t.same(page.events, [])
    t.ok(page.upTo > after && page.upTo < page.head, 'it has not looked at all of them')
    t.same((await shown(everything, ['user.removed'])).map(({ userId }) => userId), ['carol'])
  })

  t.test('a page ends where it is full or has looked at enough, and the next one goes on', async t => {
    const { store, after, send } = await open(t)
    await send('b', 'first')
    await Promise.all(upTo(1_200).map(number => send('a', `n-${number}`)))
    await send('b', 'last')
    const page = await store.feed({ after, limit: 2, of: { company: 'b' } })
    t.match(page, { upTo: after + 1_000, head: after + 1_202, isGone: false })
    t.same(page.events.map(({ notificationIds }) => notificationIds), [['first']])
    const next = await store.feed({ after: page.upTo, limit: 2, of: { company: 'b' } })
    t.same([next.events.map(({ notificationIds }) => notificationIds), next.upTo], [[['last']], after + 1_202])
    const full = await store.feed({ after, limit: 2, of: everything })
    t.same([full.events.length, full.upTo], [2, after + 2])
    t.match(await store.feed({ after, limit: 0, of: everything }), { events: [], upTo: after }, 'without room for any it goes nowhere')
    t.match(await store.feed({ after: after + 1_202, limit: 2, of: everything }), { events: [], upTo: after + 1_202 })
  })

  t.test('what retention removed is gone, and said to be', async t => {
    const { store, now, move, after, send, shown } = await open(t)
    await send('a', 'old')
    await store.mark('bob', 'read', ['old'])
    move(2 * DAY)
    await store.recall('old')
    await store.removeUser('bob')
    while (await store.retain(now() - DAY, 100) > 0);
    while (await store.tidy(100) > 0);
    t.match(await store.feed({ after, limit: 9, of: everything }), { events: [], isGone: true, floor: after + 2 })
    t.match(await store.feed({ after: after + 1, limit: 9, of: everything }), { isGone: true })
    t.match((await store.feed({ after: after + 2, limit: 9, of: everything })), { isGone: false, events: [{ type: 'notification.recalled', notificationIds: ['old'] }, { type: 'user.removed' }] })
    t.same((await store.feed({ after: null, limit: 9, of: everything })).events.length, 2, 'from the oldest that is kept')
    t.same((await shown({ company: 'a' })).map(({ type }) => type), ['notification.recalled', 'user.removed'], 'whose it was is known still')
  })
}
