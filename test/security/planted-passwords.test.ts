import { test } from 'tap'
import { build, call, clock, isProblem, people, type App } from '../helper.ts'
import { as, enrol, login, makeKey } from './accounts.ts'

const known = 'known to alice too'
const fresh = 'known to bob alone'

/** An application whose log is kept, with root, and alice and bob of one company. */
async function withBob (t: Parameters<typeof build>[0]) {
  const lines: { level: number, principal?: string, msg: string }[] = []
  const app = await build(t, {}, { logger: { level: 'warn', stream: { write: (line: string) => { lines.push(JSON.parse(line)) } } } })
  await enrol(app, { id: 'root', role: 'admin' })
  await enrol(app, { id: 'alice', role: 'admin', company: 'company_a' })
  await enrol(app, { id: 'bob', company: 'company_a' })
  return { app, lines }
}

const promote = (app: App, body: object = {}) => call(app, people.root, 'PATCH', '/api/users/bob', { role: 'admin', company: null, ...body })

test('a password that a company admin set does not make a platform admin of the company admin', async t => {
  const { app } = await withBob(t)
  t.equal((await call(app, people.alice, 'PATCH', '/api/users/bob', { password: known })).status, 200)
  const planted = await login(app, 'bob', known)
  const refused = await promote(app)
  isProblem(t, refused, 'BLF_PASSWORD_NEEDED')
  t.match(refused.body.detail, /"password" in the same request/, 'the answer says what to do')
  t.match(await as(app, planted.access_token, 'GET', '/api/auth/me'), { status: 200, body: { role: 'user', company: 'company_a' } })

  t.match(await promote(app, { password: fresh }), { status: 200, body: { role: 'admin' } })
  t.equal((await as(app, planted.access_token, 'GET', '/api/auth/me')).status, 401, 'the session of before has ended')
  t.equal((await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: planted.refresh_token })).status, 401)
  t.equal((await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: known })).status, 401)
  t.match(await as(app, (await login(app, 'bob', fresh)).access_token, 'GET', '/api/auth/me'), { body: { role: 'admin' } })
})

test('nor does one that an API key set; null ends it without a new one', async t => {
  const { app } = await withBob(t)
  const writer = await makeKey(app, 'writer', ['users:write'])
  t.equal((await as(app, writer, 'PATCH', '/api/users/bob', { password: known })).status, 200)
  isProblem(t, await as(app, writer, 'PATCH', '/api/users/bob', { role: 'admin', company: null, password: known }), 'BLF_FORBIDDEN', 'a key makes no platform admins')
  isProblem(t, await as(app, writer, 'PATCH', '/api/users/bob', { company: 'company_b' }), 'BLF_PASSWORD_NEEDED')
  t.equal((await promote(app, { password: null })).status, 200)
  t.equal((await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: known })).status, 401)
})

test('a token that moves such a user ends the password and its sessions, and the log says so', async t => {
  const time = clock(t)
  const { app, lines } = await withBob(t)
  await call(app, people.alice, 'PATCH', '/api/users/bob', { password: known })
  const planted = await login(app, 'bob', known)
  // What Belfry does with a user is a minute newer than tokens.
  time.forward(65_000)
  t.match(await call(app, { sub: 'bob', role: 'admin' }, 'GET', '/api/auth/me'), { status: 200, body: { role: 'admin' } })
  t.equal((await as(app, planted.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await call(app, null, 'POST', '/api/auth/login', { username: 'bob', password: known })).status, 401)
  t.match(lines.filter(({ msg }) => msg.includes('password')), [{ level: 40, principal: 'user:bob' }])
})
