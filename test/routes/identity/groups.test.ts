import { test, type Test } from 'tap'
import { build, call, hello, isProblem, mint, people, populate, readersOf, type Answer, type App, type Person } from '../../helper.ts'

const { root, alice, bob, carol, dave, erin } = people
const ORDER = '/api/groups/order-1742'
const members = (app: App, person: Person, url: string, change: object, query = '') => call(app, person, 'PUT', `${url}/members${query}`, change)
const send = (app: App, person: Person, audience: object, query = '') => call(app, person, 'POST', `/api/notifications/send${query}`, { ...hello, audience })

async function withOrder (t: Test, env: Record<string, string> = {}): Promise<App> {
  const app = await build(t, env)
  for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')
  t.equal((await call(app, alice, 'PUT', ORDER, { name: 'Order 1742' })).status, 201)
  return app
}

test('a group is made, read, changed, listed and removed', async t => {
  const app = await populate(t)
  const made = { group: 'order-1742', company: 'company_a', name: 'Order 1742', open: false, members: 0 }
  t.match(await call(app, alice, 'PUT', ORDER, { name: 'Order 1742' }), { status: 201, body: made })
  t.same((await call(app, alice, 'GET', ORDER)).body, made)
  t.match(await call(app, alice, 'PUT', ORDER, { open: true }), { status: 200, body: { ...made, name: 'order-1742', open: true } }, 'what is absent is set to its default')
  t.match(await call(app, root, 'PUT', ORDER, {}), { status: 201, body: { company: null, name: 'order-1742' } }, 'a global one is another')
  t.match(await call(app, root, 'GET', `${ORDER}?company=company_a`), { body: { company: 'company_a', open: true } })
  for (const group of ['a', 'b', 'c']) await call(app, alice, 'PUT', `/api/groups/${group}`, {})
  const first = (await call(app, alice, 'GET', '/api/groups?limit=3')).body
  t.match(first, { items: [{ group: 'a' }, { group: 'b' }, { group: 'c' }], next_after: 'c' })
  t.match((await call(app, alice, 'GET', `/api/groups?limit=3&after=${first.next_after}`)).body, { items: [{ group: 'order-1742' }], next_after: null })
  t.match((await call(app, root, 'GET', '/api/groups')).body, { items: [{ group: 'order-1742', company: null }], next_after: null })
  t.equal((await call(app, root, 'GET', '/api/groups?company=company_a')).body.items.length, 4)
  t.equal((await call(app, alice, 'DELETE', ORDER)).status, 204)
  for (const method of ['GET', 'DELETE'] as const) isProblem(t, await call(app, alice, method, ORDER), 'BLF_GROUP_NOT_FOUND', method)
  isProblem(t, await call(app, alice, 'GET', `${ORDER}/members`), 'BLF_GROUP_NOT_FOUND')
})

test('who may manage groups', async t => {
  const app = await withOrder(t)
  async function attempts (person: Person, query: string): Promise<Answer[]> {
    const answers: Answer[] = []
    for (const [method, path, body] of [['GET', ''], ['PUT', '/order-1742', {}], ['GET', '/order-1742'], ['PUT', '/order-1742/members', { add: ['x'] }], ['GET', '/order-1742/members'], ['DELETE', '/order-1742']] as const) {
      answers.push(await call(app, person, method, `/api/groups${path}${query}`, body))
    }
    return answers
  }
  for (const [person, query] of [[bob, ''], [bob, '?company=company_a'], [erin, ''], [dave, '?company=company_a'], [alice, '?company='], [alice, '?company=company_b']] as const) {
    for (const answer of await attempts(person, query)) isProblem(t, answer, 'BLF_FORBIDDEN', `${person.sub} ${query}`)
  }
  t.same((await attempts(root, '?company=company_a')).map(({ status }) => status), [200, 200, 200, 200, 200, 204])
  t.same((await attempts(dave, '?company=company_b')).map(({ status }) => status), [200, 201, 200, 200, 200, 204])
  const key = async (scope: string) => (await call(app, root, 'POST', '/api/keys', { name: 'k', scopes: [scope] })).body.key as string
  const asKey = async (scope: string, query: string) => (await call(app, null, 'PUT', `${ORDER}${query}`, {}, { authorization: `Bearer ${await key(scope)}` })).status
  t.same([await asKey('groups:write', ''), await asKey('groups:write', '?company=company_b'), await asKey('groups:write:company_c', '?company=company_c')], [201, 201, 201])
  t.same([await asKey('groups:write:company_a', ''), await asKey('groups:write:company_a', '?company=company_b'), await asKey('users:write', '')], [403, 403, 403])
})

test('members are added, removed, and listed in pages; a user\'s groups too', async t => {
  const app = await withOrder(t)
  t.match(await members(app, alice, ORDER, { add: ['bob', 'alice', 'later'] }), { status: 200, body: { added: 3, removed: 0, members: 3 } })
  t.match(await members(app, alice, ORDER, { add: ['bob'], remove: ['alice', 'nobody'] }), { status: 200, body: { added: 0, removed: 1, members: 2 } })
  const first = (await call(app, alice, 'GET', `${ORDER}/members?limit=1`)).body
  t.match(first, { items: [{ user_id: 'bob', username: 'bob', source: 'api', since: /Z$/ }], next_after: 'bob' })
  t.match((await call(app, alice, 'GET', `${ORDER}/members?limit=1&after=bob`)).body, { items: [{ user_id: 'later' }], next_after: null })
  for (const person of [bob, alice, root]) {
    const url = person === bob ? '/api/users/me/groups' : '/api/users/bob/groups'
    t.match(await call(app, person, 'GET', url), { status: 200, body: { items: [{ group: 'order-1742', company: 'company_a', name: 'Order 1742', members: 2, source: 'api', since: /Z$/ }] } }, person.sub)
  }
  for (const person of [carol, dave, erin]) isProblem(t, await call(app, person, 'GET', '/api/users/bob/groups'), 'BLF_FORBIDDEN', person.sub)
  isProblem(t, await call(app, root, 'GET', '/api/users/nobody/groups'), 'BLF_USER_NOT_FOUND')
  const ids = async (person: Person, query: string) => (await call(app, person, 'GET', `/api/users?${query}`)).body.items.map(({ id }: { id: string }) => id)
  t.same([await ids(alice, 'group=order-1742'), await ids(root, 'group=order-1742&company=company_a'), await ids(root, 'group=order-1742')], [['bob'], ['bob'], []])
})

test('bad changes of members', async t => {
  const app = await withOrder(t)
  isProblem(t, await members(app, alice, ORDER, { add: ['bob', 'carol'] }), 'BLF_FORBIDDEN', 'a user of another company')
  isProblem(t, await members(app, root, ORDER, { add: ['carol'] }, '?company=company_a'), 'BLF_FORBIDDEN', 'even for a platform admin')
  const bad = [{}, { add: 'bob' }, { add: ['me'] }, { add: [''] }, { add: ['a\u0000'] }, { add: Array.from({ length: 1001 }, (_, index) => `u-${index}`) }, { added: ['bob'] }]
  for (const change of bad) isProblem(t, await members(app, alice, ORDER, change), 'BLF_VALIDATION', JSON.stringify(change).slice(0, 40))
  t.match(await members(app, alice, ORDER, { add: ['bob'], remove: ['bob'] }), { status: 200, body: { added: 0, removed: 0, members: 0 } }, 'both at once')
  t.match(await call(app, alice, 'GET', ORDER), { body: { members: 0 } })
})

test('a group is full, and so is a user', async t => {
  const app = await withOrder(t, { MAX_GROUP_MEMBERS: '3', MAX_GROUPS_PER_USER: '2' })
  t.equal((await members(app, alice, ORDER, { add: ['u-1', 'u-2', 'u-3'] })).status, 200)
  isProblem(t, await members(app, alice, ORDER, { add: ['u-4'] }), 'BLF_GROUP_FULL')
  for (const group of ['g1', 'g2', 'g3']) await call(app, alice, 'PUT', `/api/groups/${group}`, { open: true })
  for (const group of ['g1', 'g2']) t.equal((await members(app, alice, `/api/groups/${group}`, { add: ['bob'] })).status, 200)
  isProblem(t, await members(app, alice, '/api/groups/g3', { add: ['alice', 'bob'] }), 'BLF_GROUP_FULL', 'one group too many')
  isProblem(t, await call(app, bob, 'PUT', '/api/groups/g3/members/me'), 'BLF_GROUP_FULL')
  t.match(await call(app, alice, 'GET', '/api/groups/g3'), { body: { members: 0 } })
})

test('two hundred groups, and the two hundred and first', async t => {
  const app = await withOrder(t)
  for (let number = 0; number <= 200; number++) await app.store.putGroup({ company: 'company_a', group: `g-${number}` }, { name: 'g', isOpen: false })
  for (let number = 0; number < 200; number++) await app.store.changeMembers({ company: 'company_a', group: `g-${number}` }, { add: ['bob'], remove: [] }, { perGroup: 1e5, perUser: 200 })
  isProblem(t, await members(app, alice, '/api/groups/g-200', { add: ['bob'] }), 'BLF_GROUP_FULL')
  for (const number of [0, 199]) await send(app, alice, { groups: [`g-${number}`] })
  const { body } = await call(app, bob, 'GET', '/api/notifications/me?unread=true')
  t.match(body, { items: { length: 2 }, unread_count: 2 })
  t.equal((await call(app, bob, 'GET', '/api/users/me/groups')).body.items.length, 200)
})

test('names of any kind', async t => {
  const app = await build(t)
  for (const group of ['a/b', '100%', '..x', 'caf\u00e9', '\ud83d\udd14 bells', 'a b', '%2F', 'a;b?c#d', 'x'.repeat(128)]) {
    const url = `/api/groups/${encodeURIComponent(group)}`
    t.match(await call(app, alice, 'PUT', url, {}), { status: 201, body: { group } }, group)
    await members(app, alice, url, { add: ['alice'] })
    const dry = await send(app, alice, { groups: [group] }, '?dry_run=true')
    t.match(dry.body, { recipients: { users: 1 } }, group)
    t.match(await call(app, alice, 'POST', `/api/broadcast/group/${encodeURIComponent(group)}`, { type: 'notification', payload: { title: 'T', message: 'm', type: 'info' } }), {
      status: 200, body: { message: `Message broadcasted to group ${group}` }
    })
  }
  t.match((await call(app, alice, 'GET', '/api/notifications/me')).body, { items: { length: 9 } })
  t.match(await call(app, alice, 'GET', `/api/groups/${encodeURIComponent('cafe\u0301')}`), { status: 200 }, 'in another Unicode form')
  for (const group of ['%2E%2E', '%2E', '%20', 'a%00', '%E2%80%8B', 'x'.repeat(129), ' a']) {
    const { status } = await call(app, alice, 'PUT', `/api/groups/${group}`, {})
    t.ok([400, 404, 405].includes(status), `${group}: ${status}`)
  }
  t.equal((await call(app, alice, 'GET', '/api/groups?limit=200')).body.items.length, 9)
})

test('users join and leave open groups', async t => {
  const app = await withOrder(t)
  const me = `${ORDER}/members/me`
  isProblem(t, await call(app, bob, 'PUT', me), 'BLF_FORBIDDEN', 'closed')
  await call(app, alice, 'PUT', ORDER, { open: true })
  t.match(await call(app, bob, 'PUT', me), { status: 200, body: { group: 'order-1742', members: 1 } })
  isProblem(t, await call(app, carol, 'PUT', me), 'BLF_FORBIDDEN', 'her own company has none')
  isProblem(t, await call(app, carol, 'PUT', `${me}?company=company_a`), 'BLF_FORBIDDEN', 'another company\'s')
  t.equal((await call(app, bob, 'DELETE', me)).status, 204)
  t.equal((await call(app, bob, 'DELETE', me)).status, 204)
  await call(app, root, 'PUT', '/api/groups/status', { open: true })
  t.match(await call(app, bob, 'PUT', '/api/groups/status/members/me?company='), { status: 200, body: { company: null } }, 'a global one')
  t.match(await call(app, erin, 'PUT', '/api/groups/status/members/me'), { status: 200, body: { members: 2 } })
  const { body: { key } } = await call(app, root, 'POST', '/api/keys', { name: 'k', scopes: ['groups:write'] })
  isProblem(t, await call(app, null, 'PUT', me, undefined, { authorization: `Bearer ${key}` }), 'BLF_FORBIDDEN', 'a key is nobody')
})

test('a claim of groups', async t => {
  const app = await withOrder(t)
  const now = Math.floor(Date.now() / 1000)
  const ask = (claims: object) => call(app, null, 'GET', '/api/users/me/groups', undefined, { authorization: `Bearer ${mint(bob, { ...claims })}` })
  const names = ({ body }: { body: any }) => body.items.map(({ group, source }: { group: string, source: string }) => `${group} ${source}`)
  t.same(names(await ask({ iat: now + 1, groups: ['ops', 'order-1742', 'ops'] })), ['ops claim', 'order-1742 claim'])
  t.same(names(await ask({ iat: now + 2 })), ['ops claim', 'order-1742 claim'], 'absent changes nothing')
  t.same(names(await ask({ iat: now + 1, groups: [] })), ['ops claim', 'order-1742 claim'], 'an older one neither')
  t.same(names(await ask({ iat: now + 3, groups: [] })), [], 'an empty one is none')
  const tooMany = Array.from({ length: 101 }, (_, index) => `g-${index}`)
  for (const groups of [tooMany, 'ops', { ops: true }, null, 1, ['ops', 7], ['ops', ''], ['..'], ['a\u0000'], ['x'.repeat(129)], [['ops']]]) {
    isProblem(t, await ask({ iat: now + 4, groups }), 'BLF_UNAUTHENTICATED', JSON.stringify(groups).slice(0, 30))
  }
  t.equal((await ask({ iat: now + 4, groups: tooMany.slice(1) })).body.items.length, 100)
  const other = await build(t, { JWT_GROUPS_CLAIM: 'realm.teams' })
  const { body } = await call(other, null, 'GET', '/api/users/me/groups', undefined, { authorization: `Bearer ${mint(bob, { realm: { teams: ['ops'] }, groups: 'ignored' })}` })
  t.match(body, { items: [{ group: 'ops' }] })
})

test('who may send to a group, and who gets it', async t => {
  const app = await withOrder(t)
  await members(app, alice, ORDER, { add: ['bob', 'later'] })
  await call(app, alice, 'PUT', '/api/groups/sales', {})
  await members(app, alice, '/api/groups/sales', { add: ['alice', 'bob'] })
  await call(app, root, 'PUT', '/api/groups/order-1742', {})
  await members(app, root, ORDER, { add: ['carol', 'erin'] })
  const reads = async (answer: { body: { id: string } }) => await readersOf(app, answer.body.id)
  t.same(await reads(await send(app, alice, { groups: ['order-1742'] })), ['bob'])
  t.same(await reads(await send(app, root, { groups: ['order-1742'] })), ['carol', 'erin'], 'a platform admin means global ones')
  t.same(await reads(await send(app, root, { groups: ['order-1742', 'sales'], company: 'company_a' })), ['alice', 'bob'])
  for (const [person, audience] of [[alice, { groups: ['x'], company: 'company_b' }], [dave, { groups: ['order-1742'], company: 'company_a' }], [bob, { groups: ['order-1742'] }], [dave, { groups: ['x'], company: 'company_a' }]] as const) {
    isProblem(t, await send(app, person, audience), 'BLF_FORBIDDEN', `${person.sub} ${JSON.stringify(audience)}`)
  }
  for (const query of ['', '?dry_run=true']) {
    isProblem(t, await send(app, alice, { groups: ['order-1742', 'missing'] }, query), 'BLF_GROUP_NOT_FOUND', query)
    isProblem(t, await send(app, root, { groups: ['sales'] }, query), 'BLF_GROUP_NOT_FOUND', `global ${query}`)
  }
  t.match(await send(app, alice, { groups: ['order-1742', 'sales'] }, '?dry_run=true'), { body: { recipients: { users: 2, connected: 0, unknown: 1 } } })
  for (const audience of [{ groups: [] }, { groups: Array(21).fill('x') }, { groups: ['..'] }, { groups: ['x'], roles: ['user'] }, { company: 'company_a' }, { all: true, not: {} }, { all: true, not: { users: Array(101).fill('x') } }, { not: { users: ['x'] } }]) {
    isProblem(t, await send(app, root, audience), 'BLF_VALIDATION', JSON.stringify(audience).slice(0, 40))
  }
})

test('a broadcast to a group', async t => {
  const app = await withOrder(t)
  await members(app, alice, ORDER, { add: ['bob'] })
  const envelope = { type: 'notification', payload: { title: 'T', message: 'm', type: 'info' } }
  const made = await call(app, alice, 'POST', '/api/broadcast/group/order-1742', envelope)
  t.match(made, { status: 200, body: { status: 'success', message: 'Message broadcasted to group order-1742', cursor: /^\S+$/ } })
  t.same(await readersOf(app, made.body.id), ['bob'])
  t.match(await call(app, root, 'POST', '/api/broadcast/group/order-1742?company=company_a&dry_run=true', envelope), { body: { recipients: { users: 1 } } })
  isProblem(t, await call(app, root, 'POST', '/api/broadcast/group/order-1742', envelope), 'BLF_GROUP_NOT_FOUND')
  isProblem(t, await call(app, bob, 'POST', '/api/broadcast/group/order-1742', envelope), 'BLF_FORBIDDEN')
  isProblem(t, await call(app, dave, 'POST', '/api/broadcast/group/order-1742?company=company_a', envelope), 'BLF_FORBIDDEN')
})
