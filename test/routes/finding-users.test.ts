import t from 'tap'
import { call, isProblem, mint, people } from '../helper.ts'
import { as, enrol, makeKey } from '../security/accounts.ts'
import { before, onEachEngine } from '../security/races/engines.ts'

const root = { id: 'root', role: 'admin' }

t.test('a user with an id of one\'s choice is who tokens name by it', t => onEachEngine(t, async (t, app) => {
  await enrol(app, root)
  const id = 'auth0|5f7c/ü'
  const create = (body: object) => call(app, people.root, 'POST', '/api/users', { role: 'user', company: 'company_a', ...body })
  const { status, body, headers } = await create({ id, username: 'heidi', password: 'correct horse battery' })
  t.match({ status, body }, { status: 201, body: { id, username: 'heidi' } })
  t.equal((await call(app, people.root, 'GET', headers['location'] as string)).body.username, 'heidi')
  t.match((await as(app, mint({ sub: id, role: 'user', company: 'company_a' }), 'GET', '/api/auth/me')).body, { id, username: 'heidi' })
  isProblem(t, await create({ id, username: 'other' }), 'BLF_USER_EXISTS')
  isProblem(t, await create({ id: id.normalize('NFD'), username: 'other' }), 'BLF_USER_EXISTS')

  await app.store.removeUser(id)
  const again = await create({ id, username: 'heidi' })
  t.match(again, { status: 201, body: { id } }, 'a removed one can be made again')
}))

t.test('a company admin chooses no ids: tokens may name them', t => onEachEngine(t, async (t, app) => {
  await enrol(app, root)
  const body = { id: 'of-another-company', username: 'x', password: 'known to alice', role: 'user', company: 'company_a' }
  isProblem(t, await call(app, people.alice, 'POST', '/api/users', body), 'BLF_FORBIDDEN')
  await enrol(app, { id: 'other', role: 'admin' })
  before(app, 'createUser', () => app.store.changeUser('other', { company: 'company_a', role: 'admin' }))
  isProblem(t, await call(app, { sub: 'other', role: 'admin' }, 'POST', '/api/users', body), 'BLF_FORBIDDEN')
  t.equal(await app.store.user('of-another-company'), undefined)
  const key = await makeKey(app, 'k', ['users:write'])
  t.equal((await as(app, key, 'POST', '/api/users', body)).status, 201)
}))

t.test('users are found by the start of an id or a name, a company, a role', t => onEachEngine(t, async (t, app) => {
  await enrol(app, root)
  for (const [id, username, company, role] of [
    ['1', 'anna', 'company_a', 'user'], ['2', 'anton', 'company_b', 'user'], ['3', 'Anna', 'company_a', 'admin'], ['anne', 'zoe', 'company_a', 'user'], ['5', 'änne', null, 'user'], ['6', '100%_x', null, 'x']
  ] as const) await enrol(app, { id, username, company, role })
  const find = async (query: string, person: Parameters<typeof call>[1] = people.root) => {
    const { body } = await call(app, person, 'GET', `/api/users?${query}`)
    return body.items?.map(({ id }: { id: string }) => id) ?? body.code
  }
  t.same(await find('q=an'), ['1', '2', 'anne'])
  t.same(await find('q=ann&company=company_a&role=user'), ['1', 'anne'])
  t.same(await find('q=an', people.alice), ['1', 'anne'], 'a company admin finds its own')
  t.same(await find('company=company_b', people.alice), 'BLF_FORBIDDEN')
  t.same(await find('role=admin&company=company_a'), ['3', 'alice'])
  t.same(await find(`q=${encodeURIComponent('a\u0308')}`), ['5'], 'in one Unicode form')
  t.same(await find(`q=${encodeURIComponent('100%_')}`), ['6'])
  t.same(await find('q=%25'), [], 'to the letter')
  t.same(await find('q=%F0%9F%94%94'), [])
  const first = (await call(app, people.root, 'GET', '/api/users?q=an&limit=2')).body
  t.same([first.items.length, first.next_after], [2, '2'])
  t.same(await find(`q=an&limit=2&after=${first.next_after}`), ['anne'])
  t.same(await find('q='), 'BLF_VALIDATION')
}))
