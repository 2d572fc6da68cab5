import type { Audience } from '../../../../src/log/audience.ts'
import type { Claims, Draft, Store } from '../../../../src/store/store.ts'
import { codeOf, draft, follow, inboxIds, marked, type Part } from '../engine.ts'

/** Sends to an audience under an id, which then is what inboxes show. */
const send = async (store: Store, id: string, audience: Audience) => { await store.notify(draft(audience, { id })) }

/** Sends one notification to each audience that could reach a user `role` of `company` called `alice`. */
async function sendRound (store: Store, round: string, role: string, company: string): Promise<void> {
  await send(store, `${round}-all`, { all: true })
  await send(store, `${round}-company`, { companies: [company, 'elsewhere'] })
  await send(store, `${round}-role`, { roles: [role, 'nobody'] })
  await send(store, `${round}-both`, { companies: [company], roles: [role] })
  await send(store, `${round}-user`, { users: ['alice', 'somebody'] })
}

const see = (store: Store, claims: Partial<Claims> = {}) => store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1, ...claims })

export const membership: Part = (t, engine) => {
  t.test('a user sees what was sent since it was first seen, and by id from the beginning', async t => {
    const { store } = await engine.open(t)
    await sendRound(store, 'early', 'user', 'a')
    t.same(await inboxIds(store, 'alice'), [])
    await see(store)
    t.same(await inboxIds(store, 'alice'), ['early-user'])
    await sendRound(store, 'late', 'user', 'a')
    t.same(await inboxIds(store, 'alice'), ['late-user', 'late-both', 'late-role', 'late-company', 'late-all', 'early-user'])
    t.equal((await store.unread('alice')).count, 6)
  })

  t.test('a created user sees the same', async t => {
    const { store } = await engine.open(t)
    await sendRound(store, 'early', 'user', 'a')
    await store.createUser({ id: 'alice', username: 'Alice', role: 'user', company: 'a', passwordHash: null })
    await sendRound(store, 'late', 'user', 'a')
    t.same(await inboxIds(store, 'alice'), ['late-user', 'late-both', 'late-role', 'late-company', 'late-all', 'early-user'])
  })

  t.test('what is sent elsewhere is not seen', async t => {
    const { store } = await engine.open(t)
    await see(store)
    await send(store, '1', { companies: ['b'] })
    await send(store, '2', { roles: ['admin'] })
    await send(store, '3', { companies: ['a'], roles: ['admin'] })
    await send(store, '4', { companies: ['b'], roles: ['user'] })
    await send(store, '5', { users: ['bob'] })
    t.same(await inboxIds(store, 'alice'), [])
    t.same((await store.replay('alice', 0, await store.head(), 100))!.events, [])
    t.same(await marked(store, 'alice', 'delete', ['1', '2', '3', '4', '5']), { found: [], missing: ['1', '2', '3', '4', '5'] })
  })

  t.test('who joins a company sees what is sent to it from then on', async t => {
    const { store } = await engine.open(t)
    await see(store, { company: null })
    await sendRound(store, 'before', 'user', 'a')
    t.same(await inboxIds(store, 'alice'), ['before-user', 'before-role', 'before-all'])
    await see(store, { iat: 2 })
    await send(store, 'since-company', { companies: ['a'] })
    await send(store, 'since-both', { companies: ['a'], roles: ['user'] })
    t.same(await inboxIds(store, 'alice'), ['since-both', 'since-company', 'before-user', 'before-role', 'before-all'])
  })

  t.test('who gets a role sees what is sent to it from then on, and no longer what was sent to the old one', async t => {
    const { store } = await engine.open(t)
    await see(store)
    await sendRound(store, 'user', 'user', 'a')
    await sendRound(store, 'admin', 'admin', 'a')
    await store.changeUser('alice', { role: 'admin' })
    await sendRound(store, 'now', 'admin', 'a')
    t.same(await inboxIds(store, 'alice'), [
      'now-user', 'now-both', 'now-role', 'now-company', 'now-all',
      'admin-user', 'admin-company', 'admin-all', 'user-user', 'user-company', 'user-all'
    ])
  })

  t.test('leaving a company hides its notifications, coming back does not bring them back', async t => {
    const { store } = await engine.open(t)
    await see(store)
    await sendRound(store, 'in', 'user', 'a')
    await store.changeUser('alice', { company: null })
    t.same(await inboxIds(store, 'alice'), ['in-user', 'in-role', 'in-all'])
    t.equal((await store.unread('alice')).count, 3)
    t.same((await store.mark('alice', 'read', ['in-company'])).missing, ['in-company'])
    t.same((await store.replay('alice', 0, await store.head(), 100))!.events.map(({ id, kind }) => id ?? kind), ['in-all', 'in-role', 'in-user', 'inbox.changed'])
    await store.changeUser('alice', { company: 'a' })
    t.same(await inboxIds(store, 'alice'), ['in-user', 'in-role', 'in-all'])
  })

  t.test('a move is told to its user alone, with the count that it leaves, and nothing else is', async t => {
    const { store } = await engine.open(t)
    await see(store)
    const committed = follow(store)
    const told = () => committed.splice(0).flatMap(({ seq, kind, keys, body }) => kind === 'inbox.changed' ? [{ seq, keys, ...JSON.parse(body) as object }] : [])
    await sendRound(store, 'in', 'user', 'a')
    const changed = { keys: ['u:alice'], reason: 'membership' }
    // Together with a send after it, which the count must not hold.
    await Promise.all([store.changeUser('alice', { company: null }), send(store, 'after', { all: true })])
    t.same(told(), [{ ...changed, seq: 8, unread_count: 3, unseen_count: 3 }])
    t.match((await store.replay('alice', 6, await store.head(), 10))!.events, [{ seq: 8, kind: 'inbox.changed' }, { seq: 9, id: 'after' }])
    await store.changeUser('alice', { role: 'guest' })
    t.same(told(), [{ ...changed, seq: 11, unread_count: 3, unseen_count: 3 }])
    await see(store, { role: 'guest', company: 'b', iat: Date.now() })
    t.same(told(), [{ ...changed, seq: 13, unread_count: 3, unseen_count: 3 }])

    await see(store, { role: 'guest', company: 'b', iat: Date.now() + 1 })
    await see(store, { role: 'user', company: 'b', iat: 1 })
    await store.changeUser('alice', { username: 'other', passwordHash: 'hash', role: 'guest', company: 'b' })
    await see(store, { id: 'bob' })
    await store.createUser({ id: 'carol', username: 'Carol', role: 'user', company: 'a', passwordHash: null })
    await store.removeUser('carol')
    t.same(told(), [])
  })

  t.test('a change of something else hides nothing', async t => {
    const { store } = await engine.open(t)
    await see(store)
    await sendRound(store, 'in', 'user', 'a')
    await store.changeUser('alice', { username: 'other', passwordHash: 'hash', role: 'user', company: 'a' })
    t.equal((await inboxIds(store, 'alice')).length, 5)
  })

  t.test('a removed user sees nothing; seen again, it is somebody new', async t => {
    const { store } = await engine.open(t, { now: () => 100_000 })
    await see(store)
    await sendRound(store, 'old', 'user', 'a')
    await store.mark('alice', 'read', ['old-user'])
    await store.readAll('alice', null, null)
    await store.removeUser('alice')
    t.same(await store.inbox('alice', { limit: 10 }), { entries: [], more: false, unread: 0, unseen: 0, seq: await store.head() })
    await sendRound(store, 'gone', 'user', 'a')
    await see(store, { iat: 161 })
    t.same(await inboxIds(store, 'alice'), ['gone-user'], 'what was sent to the id since the removal, and nothing from before it')
    t.equal((await store.unread('alice')).count, 1)
    t.same((await store.replay('alice', 0, await store.head(), 100))!.events.filter(({ kind }) => kind === 'notification').map(({ id }) => id), ['gone-user'])
    await sendRound(store, 'new', 'user', 'a')
    t.equal((await inboxIds(store, 'alice')).length, 6)
    t.equal((await store.unread('alice')).count, 6)
  })

  t.test('what was told to somebody who was removed is told to nobody', async t => {
    const { store } = await engine.open(t, { now: () => 100_000 })
    await see(store)
    await see(store, { company: 'b', iat: 2 })
    const told = await store.head()
    await store.removeUser('alice')
    t.match(await store.events(told - 1, 1), [{ kind: 'inbox.changed', keys: ['u:alice'] }], 'the last event before the removal')
    const replayed = async () => (await store.replay('alice', 0, await store.head(), 100))!.events
    t.same(await replayed(), [])
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    t.same(await replayed(), [], 'nor to who has the id later')
  })

  t.test('what somebody sent is not theirs who have the id later', async t => {
    const { store } = await engine.open(t, { now: () => 100_000 })
    const sent = (id: string, more: Partial<Draft> = {}) => draft({ all: true }, { id, sender: 'user:alice', digest: `${id} as sent by alice`, ...more })
    await see(store)
    await store.notify(sent('old'))
    await store.notify(sent('keyed', { idempotencyKey: 'k' }))
    const labelled = (otherId: string) => sent('label', { label: { text: 'label', otherId } })
    await store.notify(labelled('of the one before'))
    t.equal((await store.notification('old'))?.sender, 'user:alice')
    t.equal((await store.notify(sent('old'))).stored, false)
    await store.removeUser('alice')
    await store.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
    t.match(await store.notification('old'), { sender: '' })
    const by = { kind: 'user', id: 'alice', sessionId: null } as const
    t.equal(await codeOf(store.recall('old', by)), 'BLF_FORBIDDEN')
    t.equal(await codeOf(store.notify(sent('old'))), 'BLF_ID_CONFLICT', 'an id stays taken, and is no retry of theirs')
    t.equal(await store.isRetry(sent('old')), false)
    t.equal((await store.notify(sent('mine', { idempotencyKey: 'k' }))).stored, true, 'their keys are theirs')
    t.same(await store.notify(sent('mine', { idempotencyKey: 'k' })), { id: 'mine', seq: await store.head(), stored: false })
    t.match(await store.notify(labelled('labelled')), { id: 'labelled', stored: true }, 'and so are their labels')
    t.match((await Promise.all([store.notify(labelled('again')), store.notify(sent('another'))]))[0], { id: 'labelled', stored: false })
    t.equal((await store.notification('mine'))?.sender, 'user:alice')
    await store.recall('mine', by)
  })

  t.test('names with slashes, percent signs and emoji meet only themselves', async t => {
    const { store } = await engine.open(t)
    // The longest there is, of characters that take the most bytes: PostgreSQL's index has a bound for its keys.
    const longest = Array.from({ length: 128 }, (_, index) => String.fromCodePoint(0x20000 + (index * 7919) % 0xa000)).join('')
    const names = ['a/b', 'a', 'b', 'a%2Fb', '%', '🙂', 'c:a', 'a|b', 'auth0|1', 'all', longest]
    for (const name of names) await store.applyClaims({ id: name, role: name, company: name, iat: 1 })
    for (const name of names) {
      await send(store, `company ${name}`, { companies: [name] })
      await send(store, `both ${name}`, { companies: [name], roles: [name] })
      await send(store, `role ${name}`, { roles: [name] })
    }
    for (const name of names) t.same(await inboxIds(store, name), [`role ${name}`, `both ${name}`, `company ${name}`])
  })
}
