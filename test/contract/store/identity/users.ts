import type { NewUserRecord, Store } from '../../../../src/store/store.ts'
import { clock, codeOf, follow, upTo, type Part } from '../engine.ts'

const root: NewUserRecord = { id: 'root', username: 'admin', role: 'admin', company: null, passwordHash: 'hash' }
const alice: NewUserRecord = { id: 'alice', username: 'Alice', role: 'user', company: 'a', passwordHash: null }

const ids = async (store: Store, page: Parameters<Store['users']>[0]) => (await store.users(page)).map(({ id }) => id)

export const users: Part = (t, engine) => {
  t.test('create, and find by id and by name', async t => {
    const { now } = clock()
    const { store } = await engine.open(t, { now })
    const committed = follow(store)
    t.equal(await store.countUsersEver(), 0)
    const record = { id: 'root', username: 'admin', role: 'admin', company: null, createdAt: now(), tokensAfter: 0 }
    t.same(await store.createUser(root), record)
    t.same(await store.user('root'), record)
    t.same(await store.userByName('admin'), { ...record, passwordHash: 'hash' })
    t.equal(await store.countUsersEver(), 1)
    t.match(committed, [{ seq: 1, kind: 'user.updated', id: null, keys: [], body: JSON.stringify({ id: 'root', role: 'admin', company: null }) }])
    t.equal(await store.user('nobody'), undefined)
    t.equal(await store.userByName('root'), undefined, 'an id is no name')
  })

  t.test('a name belongs to one user', async t => {
    const { store } = await engine.open(t)
    await store.createUser(root)
    await store.createUser(alice)
    t.equal(await codeOf(store.createUser({ ...alice, id: 'other' })), 'BLF_USERNAME_TAKEN')
    t.equal(await codeOf(store.changeUser('alice', { username: 'admin' })), 'BLF_USERNAME_TAKEN')
    t.equal((await store.changeUser('alice', { username: 'Alice' })).username, 'Alice', 'its own it may keep')
    await store.changeUser('alice', { username: 'Alicia' })
    t.equal((await store.createUser({ ...alice, id: 'other' })).username, 'Alice', 'a name given up is free')
    await store.removeUser('other')
    t.equal((await store.changeUser('alice', { username: 'Alice' })).username, 'Alice', 'and so is a removed user\'s')
  })

  t.test('a name is nobody else\'s id', async t => {
    const { store } = await engine.open(t)
    await store.createUser(root)
    await store.createUser(alice)
    t.equal(await codeOf(store.createUser({ ...alice, id: 'other', username: 'root' })), 'BLF_USERNAME_TAKEN')
    t.equal(await codeOf(store.changeUser('alice', { username: 'root' })), 'BLF_USERNAME_TAKEN')
    t.equal((await store.changeUser('alice', { username: 'alice' })).username, 'alice', 'its own it may be')
    await store.removeUser('alice')
    t.equal((await store.createUser({ ...alice, id: 'other', username: 'alice' })).username, 'alice', 'and a removed user\'s')
  })

  t.test('20 at once with one name: one is created', async t => {
    const { store } = await engine.open(t)
    const codes = await Promise.all(upTo(20).map(number => codeOf(store.createUser({ ...alice, id: `alice-${number}` }))))
    t.same(codes, [undefined, ...Array(19).fill('BLF_USERNAME_TAKEN')])
    t.same(await ids(store, { limit: 50 }), ['alice-1'])
  })

  t.test('change only what is given', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    await store.createUser(alice)
    const before = await store.userByName('Alice')
    t.match(await store.changeUser('alice', { company: null }), { username: 'Alice', role: 'user', company: null })
    t.match(await store.changeUser('alice', { passwordHash: 'new' }), { company: null })
    t.same(await store.userByName('Alice'), { ...before, company: null, passwordHash: 'new' })
    t.same(committed.map(({ kind }) => kind), ['user.updated', 'user.updated', 'inbox.changed', 'user.updated'])
    t.equal(await codeOf(store.changeUser('nobody', { role: 'admin' })), 'BLF_USER_NOT_FOUND')
  })

  t.test('what people call a user is not what names it: several may have it, and it goes with the user', async t => {
    const { store } = await engine.open(t)
    const names = async (q: string) => (await store.users({ limit: 9, q })).map(({ id, name }) => [id, name])
    t.equal((await store.createUser({ ...root, name: 'Ada Lovelace' })).name, 'Ada Lovelace')
    t.notOk('name' in await store.createUser(alice))
    t.match(await store.changeUser('alice', { name: 'Ada Lovelace' }), { username: 'Alice', name: 'Ada Lovelace' })
    t.match(await store.changeUser('alice', { role: 'user', company: null }), { name: 'Ada Lovelace' }, 'what is not given stays')
    t.match(await store.applyClaims({ id: 'alice', role: 'user', company: 'b', iat: 2_000_000_000 }), { company: 'b', name: 'Ada Lovelace' })
    t.same(await names('Ada L'), [['alice', 'Ada Lovelace'], ['root', 'Ada Lovelace']])
    t.same([await names('ada'), await names('Lovelace')], [[], []])
    t.notOk('name' in await store.changeUser('root', { name: null }))
    t.same(await names('Ada'), [['alice', 'Ada Lovelace']])
    await store.removeUser('alice')
    t.notOk('name' in await store.createUser(alice), 'whoever has the id next is somebody else')
  })

  t.test('the last platform admin stays', async t => {
    const { store } = await engine.open(t)
    await store.createUser(root)
    await store.createUser({ ...alice, role: 'admin' })
    t.equal(await codeOf(store.removeUser('root')), 'BLF_LAST_ADMIN', 'an admin of a company is no platform admin')
    t.equal(await codeOf(store.changeUser('root', { role: 'user' })), 'BLF_LAST_ADMIN')
    t.equal(await codeOf(store.changeUser('root', { company: 'a' })), 'BLF_LAST_ADMIN')
    t.equal((await store.changeUser('root', { passwordHash: 'new' })).role, 'admin')
    t.equal(await codeOf(store.changeUser('alice', { company: null })), 'BLF_ROLE_NEEDED', 'or an admin of a company would become one without a word')
    await store.changeUser('alice', { company: null, role: 'admin' })
    t.same(await Promise.all([codeOf(store.removeUser('root')), codeOf(store.removeUser('alice'))]), [undefined, 'BLF_LAST_ADMIN'])
  })

  t.test('a token of before the removal is refused, also where nothing is stored', async t => {
    const { store } = await engine.open(t, { now: () => 100_000 })
    const claims = { id: 'alice', role: 'user', company: 'a', iat: 100 }
    t.match(await store.previewClaims(claims), { id: 'alice', role: 'user' })
    await store.applyClaims(claims)
    await store.removeUser('alice')
    t.equal(await codeOf(store.applyClaims(claims)), 'BLF_UNAUTHENTICATED')
    t.equal(await codeOf(store.previewClaims(claims)), 'BLF_UNAUTHENTICATED')
  })

  t.test('removed users are gone, but counted', async t => {
    const { store } = await engine.open(t)
    const committed = follow(store)
    await store.createUser(alice)
    await store.removeUser('alice')
    t.equal(await store.user('alice'), undefined)
    t.equal(await store.userByName('Alice'), undefined)
    t.same(await ids(store, { limit: 10 }), [])
    t.equal(await store.countAudience({}), 0)
    t.equal(await store.countUsersEver(), 1)
    t.equal(committed.at(-1)!.body, JSON.stringify({ id: 'alice' }))
    t.equal(await codeOf(store.removeUser('alice')), 'BLF_USER_NOT_FOUND')
    t.equal(await codeOf(store.changeUser('alice', { role: 'admin' })), 'BLF_USER_NOT_FOUND')
  })

  t.test('a token\'s user is created on first sight, and moved by tokens that are newer', async t => {
    const { now } = clock()
    const { store } = await engine.open(t, { now })
    const committed = follow(store)
    const see = (role: string, company: string | null, iat: number) => store.applyClaims({ id: 'alice', role, company, iat })
    t.same(await see('user', 'a', 100), { id: 'alice', username: 'alice', role: 'user', company: 'a', createdAt: now(), tokensAfter: 0 })
    await see('user', 'a', 200)
    t.equal(committed.length, 1, 'what is known already adds no event')
    t.match(await see('admin', 'b', 199), { role: 'user', company: 'a' }, 'older than one that said what was known')
    t.match(await see('admin', 'a', 200), { role: 'user', company: 'a' }, 'nor is one of the same second newer')
    t.match(await see('admin', 'a', 201), { role: 'admin', company: 'a' })
    t.match(await see('user', 'b', 200), { role: 'admin', company: 'a' })
    t.match(await see('user', null, 202), { role: 'user', company: null })
    t.same(committed.filter(({ kind }) => kind === 'user.updated').map(({ body }) => JSON.parse(body).role), ['user', 'admin', 'user'])
  })

  t.test('first sight 20 times at once creates one user', async t => {
    const { store } = await engine.open(t)
    const records = await Promise.all(upTo(20).map(() => store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: 1 })))
    t.equal(new Set(records.map(record => JSON.stringify(record))).size, 1)
    t.equal(await store.head(), 1)
  })

  t.test('an administrator\'s change outlives the tokens from before it, also of a clock that is a minute ahead', async t => {
    const { now } = clock()
    const { store } = await engine.open(t, { now })
    const second = now() / 1000
    const see = (iat: number) => store.applyClaims({ id: 'alice', role: 'admin', company: 'a', iat })
    await see(second + 50)
    await store.changeUser('alice', { role: 'user' })
    for (const iat of [second, second + 50, second + 60]) t.match(await see(iat), { role: 'user' }, String(iat))
    t.match(await see(second + 61), { role: 'admin' })
    await store.changeUser('alice', { username: 'Alicia', passwordHash: 'hash' })
    t.match(await store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat: second + 62 }), { role: 'user' }, 'a name says nothing of where one stands')
    await store.createUser(root)
    t.match(await store.applyClaims({ id: 'root', role: 'user', company: 'a', iat: second + 60 }), { role: 'admin', company: null }, 'making somebody is a statement too')
  })

  t.test('a token from before the removal is refused, a newer one makes a new user', async t => {
    const { now, move } = clock()
    const { store } = await engine.open(t, { now })
    const second = now() / 1000
    const see = (iat: number) => store.applyClaims({ id: 'alice', role: 'user', company: 'a', iat })
    const first = await see(second + 50)
    await store.removeUser('alice')
    for (const iat of [second + 50, second + 60, second - 1000]) t.equal(await codeOf(see(iat)), 'BLF_UNAUTHENTICATED', String(iat))
    t.equal(await store.user('alice'), undefined)
    move(61_000)
    const next = { ...first, createdAt: now(), tokensAfter: second + 60 }
    t.same(await see(second + 61), next)
    t.same(await store.user('alice'), next)
    t.equal(await store.countUsersEver(), 1)
    t.equal(await codeOf(see(second + 60)), 'BLF_UNAUTHENTICATED', 'nor does an old one speak of the new user')
    await store.removeUser('alice')
    t.equal(await codeOf(see(second + 121)), 'BLF_UNAUTHENTICATED')
    await store.createUser({ ...alice, username: 'again' })
    t.equal(await codeOf(see(second + 121)), 'BLF_UNAUTHENTICATED', 'also if somebody made it')
    t.match(await see(second + 122), { id: 'alice', username: 'again' })
  })

  t.test('a token\'s user has its id as name, unless that is taken', async t => {
    const { store } = await engine.open(t)
    await store.createUser({ ...root, username: 'alice' })
    t.equal((await store.applyClaims({ id: 'alice', role: 'user', company: null, iat: 1 })).username, null)
    t.equal((await store.applyClaims({ id: 'bob', role: 'user', company: null, iat: 1 })).username, 'bob')
    t.equal((await store.userByName('alice'))?.id, 'root')
  })

  t.test('users in pages, by id, of one company', async t => {
    const { store } = await engine.open(t)
    await Promise.all(upTo(9).map(number => store.applyClaims({ id: `u${number}`, role: 'user', company: number % 3 === 0 ? null : 'a', iat: 1 })))
    await store.applyClaims({ id: 'U1', role: 'user', company: 'b', iat: 1 })
    t.same(await ids(store, { limit: 4 }), ['U1', 'u1', 'u2', 'u3'], 'in the order of their code points')
    t.same(await ids(store, { limit: 4, after: 'u3' }), ['u4', 'u5', 'u6', 'u7'])
    t.same(await ids(store, { limit: 4, after: 'u7', company: 'a' }), ['u8'])
    t.same(await ids(store, { limit: 4, company: 'nothing' }), [])
  })

  t.test('how many an audience addresses', async t => {
    const { store } = await engine.open(t)
    await store.createUser(root)
    for (const [id, role, company] of [['a1', 'user', 'a'], ['a2', 'admin', 'a'], ['b1', 'user', 'b'], ['n1', 'user', null]] as const) {
      await store.applyClaims({ id, role, company, iat: 1 })
    }
    t.equal(await store.countAudience({}), 5)
    t.equal(await store.countAudience({ all: true }), 5)
    t.equal(await store.countAudience({ companies: ['a', 'b', 'a'] }), 3)
    t.equal(await store.countAudience({ roles: ['admin'] }), 2)
    t.equal(await store.countAudience({ companies: ['a'], roles: ['admin', 'user'] }), 2)
    t.equal(await store.countAudience({ companies: ['b'], roles: ['admin'] }), 0)
    t.equal(await store.countAudience({ users: ['a1', 'never-seen', 'a1'] }), 2, 'ids that were never seen count, once')
    t.equal(await store.countUnknown(['a1', 'never-seen', 'a1', 'never-seen']), 1, 'and can be told from the others')
    t.equal(await store.countUnknown(['a1'], 1), 1, 'as of an event')
    const many = Array.from({ length: 1000 }, (_, number) => `nobody-${number}`)
    t.equal(await store.countUnknown([...many.slice(1), 'a1']), 999)
  })
}
