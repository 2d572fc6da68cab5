import { test } from 'tap'
import { build, call, isProblem, listen, people } from '../../helper.ts'
import { as, bearing, enrol, login, makeKey, open, PASSWORD } from '../../security/accounts.ts'

const bob = { id: 'bob', company: 'company_a' }

test('a user sees where it is logged in, and ends a session from elsewhere', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const body = { username: 'bob', password: PASSWORD }
  const phone = (await call(app, null, 'POST', '/api/auth/login', body, { 'user-agent': 'phone' })).body
  const desk = (await call(app, null, 'POST', '/api/auth/login', body, { 'user-agent': 'x'.repeat(1000) })).body
  const socket = await open(t, base, phone.access_token)
  const stays = await open(t, base, desk.access_token)

  const { status, body: { items } } = await as(app, desk.access_token, 'GET', '/api/auth/sessions')
  t.equal(status, 200)
  t.match(items, [
    { id: /./, created_at: /Z$/, last_used_at: /Z$/, address: '127.0.0.1', user_agent: 'x'.repeat(256), current: true },
    { user_agent: 'phone', current: false }
  ])
  t.equal(items.length, 2)
  t.equal((await as(app, desk.access_token, 'DELETE', `/api/auth/sessions/${items[1].id}`)).status, 204)
  t.equal((await socket.closed).code, 4401)
  t.equal((await as(app, phone.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: phone.refresh_token })).status, 401)
  isProblem(t, await as(app, desk.access_token, 'DELETE', `/api/auth/sessions/${items[1].id}`), 'BLF_SESSION_NOT_FOUND')
  t.equal((await as(app, desk.access_token, 'GET', '/api/auth/sessions')).body.items.length, 1)
  t.equal((await stays.settled()).length, 1, 'the other socket was told nothing')
})

test('logout everywhere ends every session of the user, and nobody else\'s', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  await enrol(app, { id: 'carol' })
  const [one, two, other] = [await login(app, 'bob'), await login(app, 'bob'), await login(app, 'carol')]
  const sockets = [await open(t, base, one.access_token), await open(t, base, two.access_token)]
  t.equal((await as(app, one.access_token, 'POST', '/api/auth/logout', { everywhere: 'all' })).status, 400)
  t.equal((await as(app, one.access_token, 'POST', '/api/auth/logout', { everywhere: true })).status, 204)
  for (const socket of sockets) t.equal((await socket.closed).code, 4401)
  for (const { refresh_token: token } of [one, two]) t.equal((await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: token })).status, 401)
  t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 200)
  const third = await login(app, 'bob')
  t.equal((await as(app, third.access_token, 'POST', '/api/auth/logout', {})).status, 204, 'a body that says nothing is this session\'s')
})

test('a 51st login ends the session that was not used for longest, and its socket', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const socket = await open(t, base, first.access_token)
  for (let number = 2; number <= 51; number++) await login(app, 'bob')
  t.equal((await socket.closed).code, 4401)
  t.equal((await as(app, first.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await app.store.sessions('bob')).length, 50)
})

test('whoever manages users sees and ends their sessions; a key has none of its own', async t => {
  const app = await build(t)
  for (const account of [bob, { id: 'root', role: 'admin' }]) await enrol(app, account)
  await login(app, 'bob')
  const key = await makeKey(app, 'k', ['users:write'])
  isProblem(t, await as(app, key, 'GET', '/api/auth/sessions'), 'BLF_USER_NOT_FOUND')
  isProblem(t, await call(app, people.dave, 'GET', '/api/auth/sessions?user_id=bob'), 'BLF_FORBIDDEN')
  isProblem(t, await call(app, people.alice, 'GET', '/api/auth/sessions?user=bob'), 'BLF_VALIDATION')
  for (const headers of [bearing(key), undefined]) {
    const { body } = await call(app, headers ? null : people.alice, 'GET', '/api/auth/sessions?user_id=bob', undefined, headers)
    t.match(body.items, [{ current: false }])
  }
  const [{ id }] = (await call(app, people.alice, 'GET', '/api/auth/sessions?user_id=bob')).body.items
  t.equal((await call(app, people.dave, 'DELETE', `/api/auth/sessions/${id}`)).status, 403)
  t.equal((await call(app, people.alice, 'DELETE', `/api/auth/sessions/${id}`)).status, 204)
})
