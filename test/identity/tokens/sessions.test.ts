import { test } from 'tap'
import { build, call, hello, listen, mint, people, Subscriber } from '../../helper.ts'
import { as, bearing, enrol, login, open, PASSWORD } from '../../security/accounts.ts'

const bob = { id: 'bob', company: 'company_a' }
const refresh = (app: Parameters<typeof call>[0], token: string) => call(app, null, 'POST', '/api/auth/refresh', { refresh_token: token })

test('a login opens a session; its answer is for nobody to keep', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const { status, body, headers } = await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: PASSWORD })
  t.equal(status, 200)
  t.match(body, { token_type: 'Bearer', expires_in: 900, user: { id: 'bob', username: 'bob', role: 'user', company: 'company_a' } })
  t.equal(headers['cache-control'], 'no-store')
  const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString())
  t.match(claims, { sub: 'bob', role: 'user', company: 'company_a', iss: 'belfry', aud: 'belfry', sid: /./ })
  t.equal(claims.exp - claims.iat, 900)
  t.match(await as(app, body.access_token, 'GET', '/api/auth/me'), { status: 200, body: { kind: 'user', id: 'bob' } })
})

test('each refresh token works once, and the one after it goes on', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const second = (await refresh(app, first.refresh_token)).body
  const third = await refresh(app, second.refresh_token)
  t.equal(third.status, 200)
  t.equal(new Set([first.refresh_token, second.refresh_token, third.body.refresh_token]).size, 3)
  for (const token of [first, second, third.body]) t.equal((await as(app, token.access_token, 'GET', '/api/auth/me')).status, 200)
})

test('logout ends the session on REST and on sockets at once, and no other', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const mine = await login(app, 'bob')
  const other = await login(app, 'bob')
  const socket = await open(t, base, mine.access_token)
  const stays = await open(t, base, other.access_token)

  t.equal((await as(app, mine.access_token, 'POST', '/api/auth/logout')).status, 204)
  t.match(await socket.closed, { code: 4401, reason: /revoked/ })
  for (const [method, url] of [['GET', '/api/auth/me'], ['POST', '/api/auth/ticket'], ['POST', '/api/auth/logout'], ['GET', '/api/notifications/me']] as const) {
    t.equal((await as(app, mine.access_token, method, url)).status, 401, url)
  }
  t.equal((await refresh(app, mine.refresh_token)).status, 401)
  t.equal((await stays.settled()).length, 1, 'open, and told nothing')
  t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 200)
})

test('a token minted elsewhere has no session to end', async t => {
  const app = await build(t)
  const token = mint(people.bob)
  t.equal((await as(app, token, 'POST', '/api/auth/logout')).status, 204)
  t.equal((await as(app, token, 'GET', '/api/auth/me')).status, 200)
})

test('a new password ends the other sessions of its user', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const mine = await login(app, 'bob')
  const other = await login(app, 'bob')
  const socket = await open(t, base, other.access_token)
  const change = (body: object) => as(app, mine.access_token, 'PATCH', '/api/users/me', body)

  t.match(await change({ current_password: 'wrong', password: 'another long one' }), { status: 403, body: { code: 'BLF_WRONG_PASSWORD' } })
  t.match(await change({ password: 'another long one' }), { status: 400, body: { errors: [{ path: '/current_password' }] } })
  t.match(await change({ current_password: PASSWORD, password: 'short' }), { status: 400 })
  for (const extra of [{ role: 'admin' }, { company: null }, { username: 'root' }]) {
    t.match(await change({ current_password: PASSWORD, password: 'another long one', ...extra }), { status: 400, body: { code: 'BLF_VALIDATION' } })
  }
  t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 200, 'nothing of that changed anything')

  t.match(await change({ current_password: PASSWORD, password: 'another long one' }), { status: 200, body: { id: 'bob', role: 'user' }, headers: { 'cache-control': 'no-store' } })
  t.equal((await socket.closed).code, 4401)
  t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await refresh(app, other.refresh_token)).status, 401)
  t.equal((await as(app, mine.access_token, 'GET', '/api/auth/me')).status, 200, 'the session that did it goes on')
  t.equal((await refresh(app, mine.refresh_token)).status, 200)
  t.equal((await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: PASSWORD })).status, 401)
  await login(app, 'bob', 'another long one')
})

test('a login with a password that is changed meanwhile is refused', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const { openSession } = app.store
  let session = ''
  app.store.openSession = async opened => {
    // The old password is right, and the session not there yet.
    app.store.openSession = openSession
    await app.store.changeUser('bob', { passwordHash: 'another' })
    session = opened.id
    await openSession(opened)
  }
  t.match(await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: PASSWORD }), { status: 401, body: { code: 'BLF_BAD_CREDENTIALS' } })
  t.equal(await app.store.isSessionOpen(session), false)
})

test('without a password here there is none to change, and keys have none', async t => {
  const app = await build(t)
  const body = { current_password: 'whatever', password: 'another long one' }
  t.match(await call(app, people.bob, 'PATCH', '/api/users/me', body), { status: 403, body: { code: 'BLF_WRONG_PASSWORD' } })
})

test('an admin\'s reset ends every session of the user, and its own password is not reset so', async t => {
  const app = await build(t)
  await enrol(app, bob)
  await enrol(app, { id: 'alice', role: 'admin', company: 'company_a' })
  const session = await login(app, 'bob')
  const admin = await login(app, 'alice')
  t.equal((await as(app, admin.access_token, 'PATCH', '/api/users/bob', { password: 'reset by an admin' })).status, 200)
  t.equal((await as(app, session.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await refresh(app, session.refresh_token)).status, 401)
  t.equal((await as(app, admin.access_token, 'PATCH', '/api/users/alice', { password: 'not knowing the old one' })).status, 403)
  await login(app, 'alice')
})

test('a removed user is out at once, with every token and socket', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const session = await login(app, 'bob')
  const foreign = mint(people.bob)
  const sockets = [await open(t, base, session.access_token), await open(t, base, foreign)]
  t.equal((await call(app, people.root, 'DELETE', '/api/users/bob')).status, 204)
  for (const socket of sockets) t.equal((await socket.closed).code, 4401)
  for (const token of [session.access_token, foreign]) t.equal((await as(app, token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await refresh(app, session.refresh_token)).status, 401)
  t.equal((await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: PASSWORD })).status, 401)
})

test('who is demoted or moved has the new rights at once, with old tokens and on open sockets', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, { id: 'alice', role: 'admin', company: 'company_a' })
  const { access_token: token } = await login(app, 'alice')
  const socket = await open(t, base, token)
  const toCompany = (company: string) => ({ ...hello, audience: { companies: [company] } })
  t.equal((await as(app, token, 'POST', '/api/notifications/send', toCompany('company_a'))).status, 200)
  await socket.next('notification')

  await call(app, people.root, 'PATCH', '/api/users/alice', { role: 'user', company: 'company_b' })
  t.match(await as(app, token, 'GET', '/api/auth/me'), { status: 200, body: { role: 'user', company: 'company_b' } })
  t.equal((await as(app, token, 'POST', '/api/notifications/send', toCompany('company_a'))).status, 403)
  t.match(await socket.ask({ id: '1', type: 'send', payload: toCompany('company_b') }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  await call(app, people.root, 'POST', '/api/notifications/send', { ...toCompany('company_a'), id: 'for-a' })
  await call(app, people.root, 'POST', '/api/notifications/send', { ...toCompany('company_b'), id: 'for-b' })
  t.match(await socket.next('notification'), { id: 'for-b' })
})

test('a token renewed on a socket is judged as a new one is', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const socket = await open(t, base, first.access_token)
  const second = (await refresh(app, first.refresh_token)).body
  t.match(await socket.ask({ id: '1', type: 'auth', payload: { token: second.access_token } }), { type: 'ok', payload: { expires_at: /Z$/ } })
  t.match(await socket.ask({ id: '2', type: 'auth', payload: { token: mint(people.carol) } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } })
  t.match(await socket.ask({ id: '3', type: 'auth', payload: { token: 'rubbish' } }), { type: 'error', payload: { code: 'BLF_UNAUTHENTICATED' } })
  await as(app, second.access_token, 'POST', '/api/auth/logout')
  t.equal((await socket.closed).code, 4401)
})

test('a session that ends while a socket opens ends the socket', async t => {
  const app = await build(t)
  const base = await listen(app)
  await enrol(app, bob)
  const { access_token: token } = await login(app, 'bob')
  const { promise, resolve } = Promise.withResolvers<void>()
  // After the credentials were judged, before the socket is one of the hub's.
  const { currentSubscriber } = app.hubServices
  app.hubServices.currentSubscriber = async identity => {
    await promise
    return await currentSubscriber(identity)
  }
  const register = app.hub.register.bind(app.hub)
  app.hub.register = () => {}
  const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearing(token) })
  t.teardown(() => socket.close())
  await new Promise(resolve => socket.socket.once('open', resolve))
  await as(app, token, 'POST', '/api/auth/logout')
  app.hub.register = register
  resolve()
  t.equal((await socket.closed).code, 4401)
  t.same(socket.frames, [])
})
