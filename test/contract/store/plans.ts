import type { Test } from 'tap'
import type { Audience } from '../../../src/log/audience.ts'
import type { PlannedDraft } from '../../../src/store/plans.ts'
import type { Draft } from '../../../src/store/store.ts'
import { clock, codeOf, draft, follow, inboxIds, upTo, type Engine, type Part } from './engine.ts'

const MAX = 1_000
const root = { kind: 'user', id: 'root', sessionId: null } as const
const alice = { kind: 'user', id: 'alice', sessionId: null } as const

/** A store whose clock stands at 1,000 until it is moved. */
async function open (t: Test, engine: Engine) {
  const time = clock(1_000)
  const opened = await engine.open(t, { now: time.now })
  const { store } = opened
  await store.createUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: null })
  await store.createUser({ id: 'boss', username: 'boss', role: 'admin', company: null, passwordHash: null })
  await store.createUser({ id: 'alice', username: 'alice', role: 'admin', company: 'a', passwordHash: null })
  const planned = (audience: Audience, sendAt: number, overrides: Partial<Draft> = {}): PlannedDraft => ({ ...draft(audience, overrides), sendAt })
  const stateOf = async (id: string) => (await store.plan(id))?.state
  return { ...opened, store, time, planned, stateOf }
}

export const plans: Part = (t, engine) => {
  t.test('a plan is no event until it is due, and then one like any other', async t => {
    const { store, time, planned, stateOf } = await open(t, engine)
    const committed = follow(store)
    const later = planned({ users: ['alice'] }, 2_000, { topic: 'news', type: 'warning', expiresAt: 9_000 })
    const head = await store.head()
    t.same(await store.schedule(later, MAX), { id: later.id, stored: true })
    t.equal(await store.head(), head)
    t.same(await store.nextPlan(), { waiting: 1, dueIn: 1_000 })
    t.same(await store.publishDue(10), { seqs: [], lateness: [], refused: 0, expired: 0, more: false, isChained: false })
    t.match(await store.plan(later.id), { id: later.id, state: 'planned', sendAt: 2_000, madeAt: 1_000, endedAt: null, seq: null, revision: 1, sender: 'user:root', owner: 'user:root', keys: ['u:alice'], topic: 'news', body: later.body })

    time.move(1_500)
    t.equal((await store.nextPlan()).dueIn, 0)
    t.same(await store.publishDue(10), { seqs: [head + 1], lateness: [500], refused: 0, expired: 0, more: false, isChained: false })
    const [event] = await store.events(head, 10)
    t.same(event, { seq: head + 1, kind: 'notification', id: later.id, keys: ['u:alice'], topic: 'news', at: 2_500, expiresAt: 9_000, body: later.body })
    t.same(committed, [event], 'who follows the log is told of all of it')
    t.same(await inboxIds(store, 'alice'), [later.id])
    t.equal((await store.unread('alice')).count, 1)
    t.match(await store.plan(later.id), { state: 'sent', endedAt: 2_500, seq: head + 1, body: later.body })
    t.same(await store.nextPlan(), { waiting: 0, dueIn: null })
    t.same(await store.publishDue(10), { seqs: [], lateness: [], refused: 0, expired: 0, more: false, isChained: false }, 'once')
    await store.recall(later.id)
    t.match(await store.plan(later.id), { state: 'sent', body: null }, 'what was recalled has no text here either')
    t.equal(await stateOf('nothing'), undefined)
  })

  t.test('plans are published by their time, then as they were made, so many a commit', async t => {
    const { store, time, planned } = await open(t, engine)
    const times = [5_000, 3_000, 4_000, 3_000, 5_000, 2_000, 9_000]
    const drafts = times.map((sendAt, index) => planned({ all: true }, sendAt, { id: `p-${index}` }))
    await Promise.all(drafts.map(draft => store.schedule(draft, MAX)))
    const head = await store.head()
    time.move(4_000)
    const pages: number[] = []
    let more = true
    while (more) {
      const published = await store.publishDue(2)
      pages.push(published.seqs.length)
      more = published.more
    }
    t.same(pages, [2, 2, 2, 0])
    t.same((await store.events(head, 100)).map(({ id }) => id), ['p-5', 'p-1', 'p-3', 'p-2', 'p-0', 'p-4'])
    t.equal((await store.nextPlan()).waiting, 1)
  })

  t.test('what is published is counted, listed and filtered as what is sent', async t => {
    const { store, time, planned } = await open(t, engine)
    await store.applyClaims({ id: 'bob', role: 'user', company: 'a', iat: 1 })
    const audiences: Audience[] = [{ all: true }, { companies: ['a', 'b'] }, { users: ['bob', 'alice'] }, { roles: ['user'] }]
    const what = (number: number) => ({ id: `p-${number}`, type: number % 2 === 0 ? 'info' : 'error', topic: number % 3 === 0 ? null : `topic ${number % 2}` })
    await store.notify(draft({ all: true }, { id: 'before', topic: 'topic 1', type: 'error' }))
    for (const number of upTo(40)) await store.schedule(planned(audiences[number % 4]!, 1_000 + number, what(number)), MAX)
    time.move(100)
    while ((await store.publishDue(7)).more);
    await store.notify(draft({ all: true }, { id: 'after', topic: 'topic 1', type: 'error' }))
    const ids = [...upTo(40).map(what), { id: 'before', topic: 'topic 1', type: 'error' }, { id: 'after', topic: 'topic 1', type: 'error' }]
    t.equal((await store.unread('bob')).count, 42)
    for (const filter of [{ topic: 'topic 1' }, { topic: 'topic 0' }, { type: 'info' }, { topic: 'topic 1', type: 'error' }]) {
      const { entries } = await store.inbox('bob', { limit: 100, ...filter })
      const expected = ids.filter(one => Object.entries(filter).every(([name, value]) => one[name as 'topic'] === value))
      t.equal(entries.length, expected.length, JSON.stringify(filter))
    }
    t.equal((await store.readAll('bob', null, 'topic 1')).count, ids.filter(({ topic }) => topic === 'topic 1').length)
    t.equal((await store.unread('bob')).count, 42 - ids.filter(({ topic }) => topic === 'topic 1').length)
    await store.mark('bob', 'read', ['p-3', 'p-6'])
    t.equal((await store.readAll('bob', null, null)).count, 40 - ids.filter(({ topic }) => topic === 'topic 1').length)
    t.equal((await store.unread('bob')).count, 0)
  })

  t.test('a commit appends a bounded number of audience keys', async t => {
    const { store, time, planned } = await open(t, engine)
    const users = { users: upTo(900).map(number => `user-${number}`) }
    for (const id of ['a', 'b', 'c']) await store.schedule(planned(users, 1_001, { id }), MAX)
    time.move(1)
    t.match(await store.publishDue(100), { seqs: { length: 2 }, more: true })
    t.match(await store.publishDue(100), { seqs: { length: 1 }, more: false })
    t.same((await inboxIds(store, 'user-900')).sort(), [])
    await store.applyClaims({ id: 'user-900', role: 'user', company: null, iat: 1 })
    t.same(await inboxIds(store, 'user-900'), ['c', 'b', 'a'])
  })

  t.test('many publishers at once, with sends among them, publish each plan once', async t => {
    const { store, time, planned } = await open(t, engine)
    await Promise.all(upTo(60).map(number => store.schedule(planned({ all: true }, 1_000 + number, { id: `p-${number}` }), MAX)))
    const committed = follow(store)
    const head = await store.head()
    time.move(100)
    await Promise.all(upTo(20).flatMap(number => [store.publishDue(7), store.notify(draft({ all: true }, { id: `n-${number}` }))]))
    const log = await store.events(head, 1_000)
    t.same(log.map(({ id }) => id).filter(id => id!.startsWith('p-')), upTo(60).map(number => `p-${number}`), 'in order')
    t.same(log.map(({ seq }) => seq), upTo(80).map(number => head + number))
    t.same(committed, log, 'and each is told of whole')
  })

  t.test('what expired before it could be published is never sent', async t => {
    const { store, time, planned, stateOf } = await open(t, engine)
    const head = await store.head()
    await store.schedule(planned({ all: true }, 2_000, { id: 'short', expiresAt: 3_000 }), MAX)
    await store.schedule(planned({ all: true }, 2_000, { id: 'long', expiresAt: 3_001 }), MAX)
    time.move(2_000)
    t.match(await store.publishDue(10), { seqs: [head + 1], expired: 1 })
    t.same([await stateOf('short'), await stateOf('long')], ['expired', 'sent'])
    t.same((await store.events(head, 10)).map(({ id }) => id), ['long'])
  })

  t.test('a right is judged when a plan is made, and again when it is published', async t => {
    const { store, time, planned, stateOf } = await open(t, engine)
    await store.createKey({ id: 'k-1', name: 'k', hash: 'h-1', scopes: ['send:company:a'] })
    await store.createKey({ id: 'k-2', name: 'k', hash: 'h-2', scopes: ['send:all'], expiresAt: 1_500 })
    for (const id of ['moving', 'leaving', 'staying']) await store.applyClaims({ id, role: 'user', company: 'a', iat: 1 })
    t.equal(await codeOf(store.schedule(planned({ companies: ['b'] }, 2_000, { by: alice }), MAX)), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.schedule(planned({ all: true }, 2_000, { by: { kind: 'user', id: 'nobody', sessionId: null } }), MAX)), 'BLF_UNAUTHENTICATED')
    const plan = async (id: string, audience: Audience, by: Draft['by'] = alice) => await store.schedule(planned(audience, 2_000, { id, by, sender: `${by!.kind}:${by!.id}` }), MAX)
    await plan('of the company', { companies: ['a'] })
    await plan('to one who stays', { users: ['staying'] })
    await plan('to one who moves', { users: ['moving', 'staying'] })
    await plan('to everyone', { all: true }, { kind: 'user', id: 'boss', sessionId: null })
    await plan('by a key', { companies: ['a'] }, { kind: 'key', id: 'k-1', sessionId: null })
    await plan('by a key that expires', { all: true }, { kind: 'key', id: 'k-2', sessionId: null })
    await store.openSession({ id: 's', userId: 'root', refreshHash: 'r', expiresAt: 9e12 })
    await plan('of a session that ends', { all: true }, { ...root, sessionId: 's' })
    t.equal((await store.plan('of the company'))?.scope, 'a')

    await store.applyClaims({ id: 'moving', role: 'user', company: 'b', iat: 2 })
    await store.changeUser('boss', { role: 'user' })
    await store.revokeKey('k-1')
    await store.revokeSession('s')
    time.move(1_000)
    t.match(await store.publishDue(100), { seqs: { length: 3 }, refused: 4 })
    const states = Object.fromEntries(await Promise.all((await store.plans({ limit: 10 })).map(async ({ id, state, refusal }) => [id, refusal ?? state])))
    t.same(states, {
      'of the company': 'sent',
      'to one who stays': 'sent',
      'to one who moves': 'BLF_FORBIDDEN',
      'to everyone': 'BLF_FORBIDDEN',
      'by a key': 'BLF_UNAUTHENTICATED',
      'by a key that expires': 'BLF_UNAUTHENTICATED',
      'of a session that ends': 'sent'
    })
    t.match(await store.plan('to one who moves'), { body: /Notification/ }, 'its sender still sees what it was')
    t.match(await store.notification('of the company'), { sender: 'user:alice', scope: 'a' })

    await plan('of one who is removed', { companies: ['a'] })
    await plan('of one who is removed and comes back', { companies: ['a'] }, { kind: 'user', id: 'boss2', sessionId: null }).catch(() => {})
    await store.removeUser('alice')
    await store.createUser({ id: 'alice', username: 'alice', role: 'admin', company: 'a', passwordHash: null })
    await plan('of the new one', { companies: ['a'] })
    await store.publishDue(100)
    t.match(await store.plan('of one who is removed'), { state: 'refused', owner: '' }, 'another user has the id')
    t.equal(await stateOf('of the new one'), 'sent')
  })

  t.test('no more plans wait than are allowed', async t => {
    const { store, time, planned } = await open(t, engine)
    const [first, second, third] = upTo(3).map(number => planned({ all: true }, 1_000 + number, { id: `p-${number}` }))
    await store.schedule(first!, 2)
    await store.schedule(second!, 2)
    t.equal(await codeOf(store.schedule(third!, 2)), 'BLF_SCHEDULE_FULL')
    t.same(await store.schedule(first!, 2), { id: 'p-1', stored: false }, 'a retry needs no room')
    await store.cancelPlan('p-2')
    t.match(await store.schedule(third!, 2), { stored: true })
    time.move(1)
    await store.publishDue(10)
    t.match(await store.schedule(planned({ all: true }, 5_000), 2), { stored: true })
    t.equal((await store.nextPlan()).waiting, 2)
  })

  t.test('plans that ended are tidied after 30 days, those that wait never', async t => {
    const { store, time, planned, stateOf } = await open(t, engine)
    const sent = planned({ all: true }, 1_001, { id: 'sent' })
    await store.schedule(sent, MAX)
    await store.schedule(planned({ all: true }, 9e12, { id: 'waiting' }), MAX)
    time.move(1)
    await store.publishDue(10)
    time.move(30 * 86_400_000 - 1)
    t.equal(await store.tidy(100), 0)
    time.move(1)
    t.equal(await store.tidy(100), 1)
    t.same([await stateOf('sent'), await stateOf('waiting')], [undefined, 'planned'])
    t.same(await store.schedule(sent, MAX), { id: 'sent', stored: false }, 'the log still knows it')
  })

  t.test('a plan in an empty log is published too', async t => {
    const { store } = await engine.open(t, { now: () => 1_000 })
    await store.createKey({ id: 'k', name: 'k', hash: 'h', scopes: ['send:all'] })
    const first = { ...draft({ all: true }, { sender: 'key:k', by: { kind: 'key', id: 'k', sessionId: null } }), sendAt: 1_000 }
    await store.schedule(first, MAX)
    t.match(await store.plan(first.id), { owner: 'key:k' })
    t.match(await store.publishDue(10), { seqs: [1], refused: 0 })
  })

  t.test('plans outlive a restart', async t => {
    const { store, reopen, time, planned } = await open(t, engine)
    if (!reopen) return t.pass('its data ends with it')
    await store.schedule(planned({ all: true }, 2_000, { id: 'p' }), MAX)
    const before = await store.plan('p')
    const again = await reopen()
    t.same(await again.plan('p'), before)
    time.move(1_000)
    t.match(await again.publishDue(10), { seqs: { length: 1 } })
  })
}
