import { test, type Test } from 'tap'
import { build, call, isProblem, people, post, type Answer, type App } from '../helper.ts'

const password = 'correct horse battery'

/** A user of Belfry's own, and its login. */
async function registered (t: Test, change: object = {}): Promise<{ app: App, id: string, login: (body?: object) => Promise<Answer> }> {
  const app = await build(t)
  const { body } = await call(app, people.root, 'POST', '/api/users', { username: 'frank', password, role: 'user', company: 'company_a', ...change })
  return { app, id: body.id, login: (given = { username: 'frank', password }) => call(app, null, 'POST', '/api/auth/login', given) }
}

const me = (app: App, token: string) => call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${token}` })

test('a login gives a token that works, and who it is for', async t => {
  const { app, id, login } = await registered(t)
  const { status, body, headers } = await login()
  const user = { id, username: 'frank', role: 'user', company: 'company_a', created_at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ }
  t.match({ status, body }, { status: 200, body: { access_token: /^\S+\.\S+\.\S+$/, token_type: 'Bearer', expires_in: 900, refresh_token: /^\S{20,}$/, user } })
  t.notOk('password' in body.user || 'password_hash' in body.user)
  t.equal(headers['cache-control'], 'no-store')
  t.match(await me(app, body.access_token), { status: 200, body: { kind: 'user', ...user } })
})

test('its token says what another backend\'s would', async t => {
  const { id, login } = await registered(t)
  const { body } = await login()
  const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString())
  t.match(claims, { sub: id, role: 'user', company: 'company_a', iss: 'belfry', aud: 'belfry', sid: /^\S+$/ })
  t.equal(claims.exp - claims.iat, 900)
})

test('a wrong password and an unknown user are answered alike', async t => {
  const { app, login } = await registered(t)
  const wrong = await login({ username: 'frank', password: 'wrong horse battery' })
  const unknown = await login({ username: 'nobody', password })
  isProblem(t, wrong, 'BLF_BAD_CREDENTIALS')
  const same = ({ status, body: { request_id: _, ...body } }: Answer) => ({ status, body })
  t.same(same(unknown), same(wrong))
  await call(app, people.bob, 'GET', '/api/auth/me')
  t.same(same(await login({ username: 'bob', password })), same(wrong), 'and so is a user without a password')
})

test('passwords and names count to the letter', async t => {
  const { login } = await registered(t)
  for (const given of [` ${password}`, `${password} `, password.toUpperCase(), password.slice(0, -1), `${password}\0`]) {
    isProblem(t, await login({ username: 'frank', password: given }), 'BLF_BAD_CREDENTIALS', JSON.stringify(given))
  }
  for (const username of ['Frank', 'frank ', 'frank\' OR 1=1 --', '__proto__']) {
    isProblem(t, await login({ username, password }), 'BLF_BAD_CREDENTIALS', username)
  }
})

test('a login that is no name and password is 400', async t => {
  const { app, login } = await registered(t)
  const bad: object[] = [
    {}, { username: 'frank' }, { password }, { username: '', password }, { username: 'frank', password: '' }, { username: 1, password }, { username: 'frank', password: null },
    { username: ['frank'], password }, { username: 'frank\0', password }, { username: '\ud800', password }, { username: 'frank', password: { $ne: '' } }, { username: 'frank', password, remember: true }, { username: 'f'.repeat(129), password },
    { username: 'frank', password: 'p'.repeat(1025) }, [], ['frank', password]
  ]
  for (const body of bad) isProblem(t, await login(body), 'BLF_VALIDATION', JSON.stringify(body).slice(0, 40))
  for (const text of ['{"username":"frank","password":"x","__proto__":{}}', '{"username":"frank","password":"x","constructor":{"prototype":{}}}']) {
    isProblem(t, await post(app, null, '/api/auth/login', text), 'BLF_BAD_JSON', text.slice(34))
  }
})

test('a login\'s token follows what its user becomes', async t => {
  const { app, id, login } = await registered(t)
  const { body: { access_token: token } } = await login()
  await call(app, people.root, 'PATCH', `/api/users/${id}`, { role: 'admin', company: 'company_b' })
  t.match(await me(app, token), { status: 200, body: { role: 'admin', company: 'company_b' } }, 'though it says otherwise')
  t.equal((await call(app, people.dave, 'GET', `/api/users/${id}`)).status, 200)
  await call(app, people.root, 'PATCH', `/api/users/${id}`, { company: null, role: 'admin' })
  const { body } = await me(app, token)
  t.equal(body.role, 'admin')
  t.notOk('company' in body)
})

test('a removed user\'s token is 401, and its login too', async t => {
  const { app, id, login } = await registered(t)
  const { body: { access_token: token } } = await login()
  await call(app, people.root, 'DELETE', `/api/users/${id}`)
  isProblem(t, await me(app, token), 'BLF_UNAUTHENTICATED')
  isProblem(t, await login(), 'BLF_BAD_CREDENTIALS')
})

test('a new password takes the place of the old one', async t => {
  const { app, id, login } = await registered(t)
  await call(app, people.root, 'PATCH', `/api/users/${id}`, { password: 'another horse' })
  isProblem(t, await login(), 'BLF_BAD_CREDENTIALS')
  t.equal((await login({ username: 'frank', password: 'another horse' })).status, 200)
})
