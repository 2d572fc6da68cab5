import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { draft } from '../contract/store/engine.ts'
import { folder } from '../folder.ts'
import { ask, postgres } from '../services/postgres.ts'
import { TO_VERSION_21, TO_VERSION_20, TO_VERSION_2, TO_VERSION_3, TO_VERSION_5, TO_VERSION_6, TO_VERSION_8, TO_VERSION_9 } from './downgrade.ts'

/** A store of version 2, opened by this Belfry, counts as it did, and goes on. */
async function countsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  let now = 1_000
  const before = await openStore(url, { now: () => now })
  await before.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
  for (const [id, expiresAt] of [['kept', null], ['recalled', null], ['expiring', 5_000], ['gone', 1_500]] as const) {
    await before.notify(draft({ all: true }, { id, expiresAt }))
  }
  await before.recall('recalled')
  t.equal((await before.unread('alice')).count, 3)
  await before.close()
  await downgrade()

  const store = await openStore(url, { now: () => now })
  t.teardown(() => store.close())
  const inbox = async () => (await store.inbox('alice', { limit: 10 })).entries.length
  t.equal((await store.unread('alice')).count, 3)
  now = 2_000
  t.same([(await store.unread('alice')).count, await inbox()], [2, 2])
  now = 5_000
  t.same([(await store.unread('alice')).count, await inbox()], [1, 1])
  await store.notify(draft({ all: true }, { id: 'new', expiresAt: 6_000 }))
  t.same([(await store.unread('alice')).count, await inbox()], [2, 2])
}

/** In a store of version 3 the id of a broadcast was its id: its retry is one still, and other content goes beside it. */
async function labelsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const labelled = (digest: string) => draft({ all: true }, { id: 'label', digest, label: { text: 'label', otherId: digest } })
  const before = await openStore(url)
  const first = await before.notify({ ...labelled('one'), label: undefined })
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  t.same(await store.notify(labelled('one')), { ...first, stored: false })
  t.match(await store.notify(labelled('two')), { id: 'two', stored: true })
}

/** Whoever has the id of a user that was removed in version 6 gets nothing of theirs, nor do their tokens come back. */
async function removalsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const now = () => 100_000
  const see = (iat: number) => store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat })
  let store = await openStore(url, { now })
  await see(1)
  await store.notify(draft({ users: ['alice'] }, { id: 'old' }))
  await store.removeUser('alice')
  await store.close()
  await downgrade()

  store = await openStore(url, { now })
  t.teardown(() => store.close())
  await store.notify(draft({ users: ['alice'] }, { id: 'new' }))
  await t.rejects(see(161), { code: 'BLF_UNAUTHENTICATED' })
  t.match(await see(162), { id: 'alice', tokensAfter: 161 })
  t.same((await store.inbox('alice', { limit: 10 })).entries.map(({ body }) => JSON.parse(body).id), ['new'])
}

/** Sessions of version 5 go on, and are listed with when they were last refreshed. */
async function sessionsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  let now = 1_000
  const before = await openStore(url, { now: () => now })
  await before.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })
  await before.openSession({ id: 's', userId: 'alice', refreshHash: 'r1', expiresAt: 100_000 })
  await before.openSession({ id: 'idle', userId: 'alice', refreshHash: 'i1', expiresAt: 100_000 })
  now = 2_000
  await before.refresh({ hash: 'r1', nextHash: 'r2', expiresAt: 100_000 })
  await before.close()
  await downgrade()

  const store = await openStore(url, { now: () => now })
  t.teardown(() => store.close())
  t.match(await store.sessions('alice'), [{ id: 's', createdAt: 1_000, lastUsedAt: 2_000, address: null }, { id: 'idle', lastUsedAt: 1_000 }])
  t.match(await store.refresh({ hash: 'r2', nextHash: 'r3', expiresAt: 100_000 }), { outcome: 'rotated', sessionId: 's' })
  t.match(await store.refresh({ hash: 'r1', nextHash: 'r4', expiresAt: 100_000 }), { outcome: 'rotated' }, 'a successor from before is not known to be one')
  now = 40_000
  t.match(await store.refresh({ hash: 'r1', nextHash: 'r5', expiresAt: 100_000 }), { outcome: 'reused' })
}

/** What version 8 did, undone: this user, company and role stood in the other form wherever they are kept. */
const TO_VERSION_7 = TO_VERSION_8 + [
  ['cafe\u0301', 'caf\u00e9'], ['cafe%CC%81', 'caf%C3%A9']
].map(([decomposed, composed]) => `
  UPDATE users SET username = replace(username, '${composed}', '${decomposed}'), company = replace(company, '${composed}', '${decomposed}'), role = replace(role, '${composed}', '${decomposed}');
  UPDATE events SET keys = replace(keys, '${composed}', '${decomposed}'), scope = replace(scope, '${composed}', '${decomposed}');
  UPDATE event_keys SET key = replace(key, '${composed}', '${decomposed}');
  UPDATE api_keys SET scopes = replace(scopes, '${composed}', '${decomposed}');
`).join('')

/** Names of version 7 in another Unicode form are in NFC afterwards: nobody moves, no inbox changes, keys send as before. */
async function namesOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const bob = { id: 'bob', role: 'caf\u00e9', company: 'caf\u00e9' }
  const before = await openStore(url)
  await before.createUser({ ...bob, username: 'caf\u00e9', passwordHash: null })
  await before.createUser({ id: 'ann', role: 'user', company: 'a/b', username: 'ann', passwordHash: null })
  await before.createKey({ id: 'k', name: 'k', scopes: ['send:company:caf\u00e9'], hash: 'h' })
  for (const audience of [{ companies: ['caf\u00e9', 'a/b'] }, { roles: ['caf\u00e9'] }, { companies: ['caf\u00e9'], roles: ['caf\u00e9'] }, { all: true } as const]) await before.notify(draft(audience))
  const views = async (store: Store) => await Promise.all(['bob', 'ann'].map(async id => [(await store.inbox(id, { limit: 10 })).entries, (await store.unread(id)).count]))
  const expected = await views(before)
  t.match(expected, [[{ length: 4 }, 4], [{ length: 2 }, 2]])
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  t.same(await views(store), expected)
  t.match(await store.userByName('caf\u00e9'), bob)
  t.match(await store.keyByHash('h'), { scopes: ['send:company:caf\u00e9'] })
  const head = await store.head()
  await store.applyClaims({ ...bob, iat: 2_000_000_000 })
  t.equal(await store.head(), head, 'and a token that says the same is no news')
}

/** Of the passwords of version 8, only a platform admin's is known to be set by somebody who may make such. */
async function passwordsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const before = await openStore(url)
  const users = [['root', 'admin', null, 'hash'], ['boss', 'admin', 'a', 'hash'], ['bob', 'user', null, 'hash'], ['eve', 'user', 'a', null]] as const
  for (const [id, role, company, passwordHash] of users) await before.createUser({ id, username: id, role, company, passwordHash })
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  const refused = async (id: string) => await store.changeUser(id, { role: 'admin', company: 'b' }).then(() => undefined, ({ code }) => code)
  await store.createUser({ id: 'other', username: 'other', role: 'admin', company: null, passwordHash: null })
  t.same(await Promise.all(users.map(([id]) => refused(id))), [undefined, 'BLF_PASSWORD_NEEDED', 'BLF_PASSWORD_NEEDED', undefined])
}

/** What was recalled in version 9 loses its text, and nothing else does. */
async function recallsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const before = await openStore(url)
  for (const id of ['recalled', 'kept']) await before.notify(draft({ all: true }, { id, topic: 't' }))
  const [, kept] = await before.events(0, 10)
  await before.recall('recalled')
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  const [blanked, ...others] = await store.events(0, 10)
  t.same(JSON.parse(blanked!.body), { id: 'recalled', title: null, message: null, type: 'info', read: false, data: { topic: 't' } })
  t.match(others, [{ body: kept!.body }, { kind: 'notification.recalled' }])
}

t.test('SQLite', async t => {
  const downgrade = (path: string, statements: string, version: number) => () => {
    const raw = new DatabaseSync(path)
    raw.exec(`${statements.replaceAll('BIGINT', 'INTEGER')} PRAGMA user_version = ${version}`)
    raw.close()
  }
  const path = join(folder(t), 'belfry.db')
  await countsOn(t, `sqlite:${path}`, downgrade(path, TO_VERSION_2, 2))
  const other = join(folder(t), 'belfry.db')
  await labelsOn(t, `sqlite:${other}`, downgrade(other, TO_VERSION_3, 3))
  const third = join(folder(t), 'belfry.db')
  await sessionsOn(t, `sqlite:${third}`, downgrade(third, TO_VERSION_5, 5))
  const fourth = join(folder(t), 'belfry.db')
  await removalsOn(t, `sqlite:${fourth}`, downgrade(fourth, TO_VERSION_6, 6))
  const fifth = join(folder(t), 'belfry.db')
  await namesOn(t, `sqlite:${fifth}`, downgrade(fifth, TO_VERSION_7, 7))
  const sixth = join(folder(t), 'belfry.db')
  await passwordsOn(t, `sqlite:${sixth}`, downgrade(sixth, TO_VERSION_8, 8))
  const seventh = join(folder(t), 'belfry.db')
  await recallsOn(t, `sqlite:${seventh}`, downgrade(seventh, TO_VERSION_9, 9))
  const eighth = join(folder(t), 'belfry.db')
  await listsOn(t, `sqlite:${eighth}`, downgrade(eighth, TO_VERSION_20, 20))
  const ninth = join(folder(t), 'belfry.db')
  await mutesOn(t, `sqlite:${ninth}`, downgrade(ninth, TO_VERSION_21, 21))
})

/** In a store of version 21 nothing was muted, and what came then stays when it is. */
async function mutesOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const before = await openStore(url)
  await before.createUser({ id: 'alice', username: 'alice', role: 'user', company: 'a', passwordHash: null })
  await before.notify(draft({ all: true }, { id: 'old', topic: 'news' }))
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  await store.changePreferences('alice', { topics: { news: { inbox: 'off' } } }, 'merge')
  await store.notify(draft({ all: true }, { id: 'new', topic: 'news' }))
  t.same([(await store.inbox('alice', { limit: 10 })).entries.length, (await store.unread('alice')).count], [1, 1])
}

/** What was sent in version 20 is in the same lists, and what is sent after it joins them. */
async function listsOn (t: Test, url: string, downgrade: () => unknown): Promise<void> {
  const before = await openStore(url)
  await before.createUser({ id: 'root', username: 'root', role: 'admin', company: null, passwordHash: null })
  for (let number = 1; number <= 150; number++) {
    const [type, sender, scope] = [number % 70 === 0 ? 'error' : 'info', number % 60 === 0 ? 'user:rare' : 'user:root', number % 50 === 0 ? 'a' : null]
    await before.notify(draft({ all: true }, { id: `n-${number}`, type, sender, scope, topic: number % 40 === 0 ? 'rare' : 'news' }))
  }
  await before.readAll('root', 20, 'rare')
  const lists = async (store: Store) => {
    const filters = [{}, { type: 'error' }, { sender: 'user:rare' }, { topic: 'rare' }, { reach: { owner: 'user:rare', company: 'a' } }]
    const sent = await Promise.all(filters.map(async filter => (await store.sent({ reach: null, limit: 200, ...filter })).records.map(({ id }) => id)))
    const inboxes = [{ topic: 'rare' }, { topic: 'rare', type: 'error' }, { topic: 'news', unread: true }, { unread: false }, { type: 'error' }]
    const listed = await Promise.all(inboxes.map(async filter => (await store.inbox('root', { limit: 200, ...filter })).entries.map(({ seq }) => seq)))
    return { sent, listed, unread: (await store.unread('root')).count }
  }
  const expected = await lists(before)
  t.match(expected.sent.map(({ length }) => length), [150, 2, 2, 3, 5])
  await before.close()
  await downgrade()

  const store = await openStore(url)
  t.teardown(() => store.close())
  t.same(await lists(store), expected)
  await store.notify(draft({ all: true }, { id: 'new', type: 'error', sender: 'user:rare', scope: 'a', topic: 'rare' }))
  const { sent, listed } = await lists(store)
  t.same(sent.map(([newest]) => newest), Array(5).fill('new'))
  t.same(listed.map(({ length }) => length), expected.listed.map(({ length }, index) => length + [1, 1, 0, 0, 1][index]!))
}

const server = await postgres(t)

if (server) {
  t.test('PostgreSQL', async t => {
    const url = await server.database(t)
    await countsOn(t, url, () => ask(url, `${TO_VERSION_2} UPDATE belfry SET version = 2`))
    const other = await server.database(t)
    await labelsOn(t, other, () => ask(other, `${TO_VERSION_3} UPDATE belfry SET version = 3`))
    const third = await server.database(t)
    await sessionsOn(t, third, () => ask(third, `${TO_VERSION_5} UPDATE belfry SET version = 5`))
    const fourth = await server.database(t)
    await removalsOn(t, fourth, () => ask(fourth, `${TO_VERSION_6} UPDATE belfry SET version = 6`))
    const fifth = await server.database(t)
    await namesOn(t, fifth, () => ask(fifth, `${TO_VERSION_7} UPDATE belfry SET version = 7`))
    const sixth = await server.database(t)
    await passwordsOn(t, sixth, () => ask(sixth, `${TO_VERSION_8} UPDATE belfry SET version = 8`))
    const seventh = await server.database(t)
    await recallsOn(t, seventh, () => ask(seventh, `${TO_VERSION_9} UPDATE belfry SET version = 9`))
    const eighth = await server.database(t)
    await listsOn(t, eighth, () => ask(eighth, `${TO_VERSION_20} UPDATE belfry SET version = 20`))
    const ninth = await server.database(t)
    await mutesOn(t, ninth, () => ask(ninth, `${TO_VERSION_21} UPDATE belfry SET version = 21`))
  })
}
