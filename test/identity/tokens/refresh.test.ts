import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { folder } from '../../folder.ts'
import { build, call, clock, listen } from '../../helper.ts'
import { as, enrol, login, open } from '../../security/accounts.ts'

const bob = { id: 'bob', company: 'company_a' }
type App = Parameters<typeof call>[0]
const refresh = (app: App, token: string) => call(app, null, 'POST', '/api/auth/refresh', { refresh_token: token })

test('a refresh whose answer was lost is repeated: the first of its successors that is used ends the others', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const lost = (await refresh(app, first.refresh_token)).body
  const repeated = await refresh(app, first.refresh_token)
  t.equal(repeated.status, 200)
  const next = await refresh(app, repeated.body.refresh_token)
  t.equal(next.status, 200)
  t.match(await refresh(app, lost.refresh_token), { status: 401, body: { code: 'BLF_UNAUTHENTICATED' } })
  for (const { access_token: token } of [first, lost, repeated.body, next.body]) t.equal((await as(app, token, 'GET', '/api/auth/me')).status, 200)
  t.equal((await refresh(app, next.body.refresh_token)).status, 200, 'the session goes on')
})

test('a refresh token used again when a successor was used revokes its session, for good', async t => {
  const url = `sqlite:${join(folder(t), 'belfry.db')}`
  const app = await build(t, { DATABASE_URL: url })
  const base = await listen(app)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const other = await login(app, 'bob')
  const second = (await refresh(app, first.refresh_token)).body
  const third = (await refresh(app, second.refresh_token)).body
  const socket = await open(t, base, third.access_token)

  t.match(await refresh(app, first.refresh_token), { status: 401, body: { code: 'BLF_UNAUTHENTICATED' } })
  t.equal((await socket.closed).code, 4401)
  const ended = [
    await refresh(app, third.refresh_token),
    await as(app, first.access_token, 'GET', '/api/auth/me'),
    await as(app, third.access_token, 'GET', '/api/auth/me')
  ]
  t.same(ended.map(({ status }) => status), [401, 401, 401])
  t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 200, 'another session of the same user goes on')

  await app.close()
  const again = await build(t, { DATABASE_URL: url })
  t.equal((await refresh(again, third.refresh_token)).status, 401, 'after a restart too')
  t.equal((await as(again, third.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await refresh(again, other.refresh_token)).status, 200)
})

test('a refresh token used again after 30 seconds revokes its session', async t => {
  const time = clock(t)
  const app = await build(t)
  await enrol(app, bob)
  const first = await login(app, 'bob')
  const second = (await refresh(app, first.refresh_token)).body
  time.forward(30_000)
  t.equal((await refresh(app, first.refresh_token)).status, 401)
  t.equal((await refresh(app, second.refresh_token)).status, 401)
  t.equal((await as(app, first.access_token, 'GET', '/api/auth/me')).status, 401)
})

test('of 10 refreshes with one token at once, all are answered and one goes on', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const { refresh_token: once } = await login(app, 'bob')
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(app, once)))
  t.same(answers.map(({ status }) => status), Array(10).fill(200))
  const next: number[] = []
  for (const { body } of answers) next.push((await refresh(app, body.refresh_token)).status)
  t.same(next, [200, ...Array(9).fill(401)])
})

test('used refresh tokens do not pile up, and one from long ago ends the session still', async t => {
  const file = join(folder(t), 'belfry.db')
  const app = await build(t, { DATABASE_URL: `sqlite:${file}` })
  await enrol(app, bob)
  const stored = () => {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return database.prepare('SELECT COUNT(*) AS count FROM refresh_tokens').get()!['count']
    } finally {
      database.close()
    }
  }
  const first = await login(app, 'bob')
  let { refresh_token: token } = first
  for (let round = 0; round < 30; round++) token = (await refresh(app, token)).body.refresh_token
  t.equal(stored(), 2, 'the one that was used last, and its successor')

  for (let round = 0; round < 30; round++) {
    const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(app, token)))
    token = answers.at(-1)!.body.refresh_token
  }
  t.ok(Number(stored()) < 130, `${stored()} of those that were never used`)
  t.match(await refresh(app, first.refresh_token), { status: 401, body: { code: 'BLF_UNAUTHENTICATED' } })
  t.equal((await refresh(app, token)).status, 401)
  t.equal((await as(app, first.access_token, 'GET', '/api/auth/me')).status, 401)
})

test('a refresh token of another form is nobody\'s', async t => {
  const app = await build(t)
  await enrol(app, bob)
  const { refresh_token: token } = await login(app, 'bob')
  const [family, secret] = token.split('.') as [string, string]
  for (const other of [family, secret, `${secret}.${family}`, `.${secret}`, `${family.slice(1)}.${secret}`, '.', '..']) {
    t.match(await refresh(app, other), { status: 401 }, other)
  }
  t.equal((await refresh(app, token)).status, 200, 'and ends no session')
  t.equal((await refresh(app, `${family}.guess`)).status, 401)
  t.equal((await refresh(app, token)).status, 401, 'but who knows what its tokens begin with has had one of them')
})

test('a session does not outlive its refresh token', async t => {
  const time = clock(t)
  const app = await build(t, { REFRESH_TOKEN_TTL: '60' })
  await enrol(app, bob)
  const { refresh_token: token } = await login(app, 'bob')
  time.forward(60_000)
  t.match(await refresh(app, token), { status: 401 })
})

test('a session ends SESSION_TTL after its login however often it is refreshed, and its access tokens with it', async t => {
  const time = clock(t)
  const app = await build(t, { SESSION_TTL: '1000', ACCESS_TOKEN_TTL: '400', REFRESH_TOKEN_TTL: '500' })
  await enrol(app, bob)
  let session = await login(app, 'bob')
  t.equal(session.expires_in, 400)
  for (const expiresIn of [400, 200]) {
    time.forward(400_000)
    session = (await refresh(app, session.refresh_token)).body
    const claims = JSON.parse(Buffer.from(session.access_token.split('.')[1]!, 'base64url').toString())
    t.ok(Math.abs(session.expires_in - expiresIn) <= 1, `${session.expires_in}, about ${expiresIn}`)
    t.equal(claims.exp - claims.iat, session.expires_in)
  }
  time.forward(201_000)
  t.equal((await as(app, session.access_token, 'GET', '/api/auth/me')).status, 401)
  t.equal((await refresh(app, session.refresh_token)).status, 401)
})
