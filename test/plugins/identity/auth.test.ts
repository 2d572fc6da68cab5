import { test } from 'tap'
import { claims, forge } from '../../identity/tokens/forge.ts'
import { build, call, clock, isProblem, listen, mint, people, refusal, Subscriber, type App, type Person } from '../../helper.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const bearer = (person: Person, iat: number) => ({ authorization: `Bearer ${mint(person, { iat })}` })
const me = (app: App, person: Person, iat: number) => call(app, null, 'GET', '/api/auth/me', undefined, bearer(person, iat))
const sent = (app: App, id: string, audience: object) => call(app, people.root, 'POST', '/api/notifications/send', { id, title: 'a', message: 'b', priority: 'info', topic: 'x', audience })
const inbox = async (app: App, person: Person, iat = seconds()) => {
  const { body } = await call(app, null, 'GET', '/api/notifications/me', undefined, bearer(person, iat))
  return (body.items as { id: string }[]).map(({ id }) => id)
}

test('whoever a token minted elsewhere speaks of becomes a user', async t => {
  const app = await build(t)
  t.equal((await call(app, people.root, 'GET', '/api/users/bob')).status, 404)
  t.match(await call(app, people.bob, 'GET', '/api/auth/me'), { status: 200, body: { id: 'bob', role: 'user', company: 'company_a' } })
  t.match(await call(app, people.root, 'GET', '/api/users/bob'), { status: 200, body: { id: 'bob', username: 'bob', role: 'user', company: 'company_a' } })
})

test('many requests at once of a user never seen make one user', async t => {
  const app = await build(t)
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(app, people.bob, 'GET', '/api/auth/me')))
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(await app.store.head(), 1)
})

test('a token with another role or company moves its user at once', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await sent(app, 'before', { companies: ['company_b'] })
  t.match(await me(app, { sub: 'bob', role: 'admin', company: 'company_b' }, now - 5), { body: { role: 'admin', company: 'company_b' } })
  await sent(app, 'to-b', { companies: ['company_b'] })
  await sent(app, 'to-a', { companies: ['company_a'] })
  const moved = { sub: 'bob', role: 'admin', company: 'company_b' }
  t.same(await inbox(app, moved, now - 5), ['to-b'], 'it sees what was sent since it came')
  t.match(await call(app, people.root, 'GET', '/api/users/bob'), { body: { role: 'admin', company: 'company_b' } })
})

test('an older token does not take its user back', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await me(app, { sub: 'bob', role: 'user', company: 'company_b' }, now - 5)
  t.match(await me(app, people.bob, now - 10), { status: 200, body: { company: 'company_b' } }, 'it is accepted, and what it says is old')
})

test('a token that is older than one that said what was known moves nobody', async t => {
  const app = await build(t)
  const now = seconds()
  await me(app, people.bob, now - 10)
  await me(app, people.bob, now - 5)
  const head = await app.store.head()
  t.match(await me(app, { sub: 'bob', role: 'admin', company: 'company_b' }, now - 7), { status: 200, body: { role: 'user', company: 'company_a' } })
  t.match(await me(app, { sub: 'bob', role: 'admin', company: 'company_b' }, now - 5), { body: { company: 'company_a' } }, 'nor one as old')
  t.equal(await app.store.head(), head)
  t.match(await me(app, { sub: 'bob', role: 'user', company: 'company_b' }, now - 4), { body: { company: 'company_b' } })
})

test('what an administrator changed is undone by no token from before it, whatever its issuer\'s clock', async t => {
  const time = clock(t)
  const app = await build(t)
  const now = seconds()
  for (const ahead of [-10, 0, 50]) await me(app, people.bob, now + ahead)
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  for (const ahead of [-10, 0, 50, 59]) t.match(await me(app, people.bob, now + ahead), { status: 200, body: { company: 'company_b' } }, String(ahead))
  time.forward(65_000)
  t.match(await me(app, people.bob, now + 50), { body: { company: 'company_b' } })
  t.match(await me(app, people.bob, now + 65), { status: 200, body: { company: 'company_a' } }, 'a new one, by a clock that is right')
})

test('a removed user\'s tokens are 401, whatever their issuer\'s clock; one minted after it is of somebody new', async t => {
  const time = clock(t)
  const app = await build(t)
  const now = seconds()
  for (const ahead of [-10, 50]) await me(app, people.bob, now + ahead)
  await sent(app, 'to-the-old-one', { users: ['bob'] })
  t.equal((await call(app, people.root, 'DELETE', '/api/users/bob')).status, 204)
  await sent(app, 'meanwhile', { users: ['bob'] })
  for (const ahead of [-10, 0, 50, 59]) isProblem(t, await me(app, people.bob, now + ahead), 'BLF_UNAUTHENTICATED', String(ahead))
  t.equal((await call(app, people.root, 'GET', '/api/users/bob')).status, 404)
  time.forward(65_000)
  isProblem(t, await me(app, people.bob, now + 50), 'BLF_UNAUTHENTICATED', 'later too')
  t.equal((await me(app, people.bob, now + 65)).status, 200)
  t.same(await inbox(app, people.bob, now + 65), ['meanwhile'], 'what was sent since the removal is theirs, nothing of the old one\'s')
  isProblem(t, await me(app, people.bob, now + 50), 'BLF_UNAUTHENTICATED', 'nor do the old one\'s tokens speak of them')
})

test('somebody removed and made again has no rights over what the old one sent', async t => {
  const time = clock(t)
  const app = await build(t)
  const admin = { sub: 'ann', role: 'admin', company: 'company_a' }
  const now = seconds()
  const as = (iat: number) => bearer(admin, iat)
  const send = (id: string, iat: number) => call(app, null, 'POST', '/api/notifications/send', { id, title: 'a', message: 'b', priority: 'info', topic: 'x', audience: { companies: ['company_a'] } }, as(iat))
  await send('old', now)
  await call(app, people.root, 'DELETE', '/api/users/ann')
  time.forward(65_000)
  await me(app, { ...admin, role: 'user' }, now + 65)
  isProblem(t, await call(app, null, 'DELETE', '/api/broadcast/old', undefined, as(now + 65)), 'BLF_FORBIDDEN')
  isProblem(t, await call(app, null, 'DELETE', '/api/broadcast/nothing', undefined, as(now + 65)), 'BLF_FORBIDDEN')
  await me(app, admin, now + 66)
  isProblem(t, await send('old', now + 66), 'BLF_ID_CONFLICT', 'nor is it a retry of theirs')
  await send('mine', now + 66)
  await me(app, { ...admin, role: 'user' }, now + 67)
  t.equal((await call(app, null, 'DELETE', '/api/broadcast/mine', undefined, as(now + 67))).status, 200)
})

test('why credentials were refused is in the log, with the request it was; the answer is mute, and so is the log of secrets', async t => {
  const lines: string[] = []
  const app = await build(t, {}, { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } })
  const base = await listen(app)
  const now = seconds()
  const token = (overrides: Record<string, unknown>) => forge(claims(overrides))
  const refusals: [string, object][] = [
    [token({ aud: 'other\u001b[31m' }), { what: 'claim aud', expected: 'belfry', seen: 'other\\u001b[31m' }],
    [token({ iss: ['x'] }), { what: 'claim iss', expected: 'belfry', seen: '["x"]' }],
    [token({ exp: now - 60 }), { what: 'claim exp', seen: new Date((now - 60) * 1000).toISOString() }],
    [token({ iat: now + 300 }), { what: 'claim iat', seen: String(now + 300) }],
    [token({ nbf: now + 300 }), { what: 'claim nbf' }],
    [token({ sub: '..' }), { what: 'claim sub', seen: '..' }],
    [token({ role: 7 }), { what: 'claim role', seen: '7' }],
    [token({ company: ['a'] }), { what: 'claim company', seen: '["a"]' }],
    [token({ sid: 'none' }), { what: 'claim sid', seen: 'none' }],
    [`${token({})}x`, { what: /signature|token/ }],
    [token({}).replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')), { what: 'header alg', expected: 'HS256', seen: 'none' }],
    ['blf_unknown', { what: 'API key' }],
    ['gibberish', { what: 'token' }]
  ]
  const refused = () => lines.map(line => JSON.parse(line)).filter(({ msg }) => msg === 'credentials refused')
  for (const [credential, reason] of refusals) {
    const answer = await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${credential}` })
    isProblem(t, answer, 'BLF_UNAUTHENTICATED')
    t.match(refused().at(-1), { level: 30, reqId: answer.body.request_id, refusal: reason }, JSON.stringify(reason))
    t.equal(answer.body.detail, 'Credentials are missing, expired, revoked or not valid.')
  }
  const wrong = token({ aud: 'other' })
  const { body } = await refusal(`${base}/ws/notifications`, { headers: { authorization: `Bearer ${wrong}` } })
  t.match(refused().at(-1), { reqId: body.request_id, refusal: { what: 'claim aud' } }, 'an upgrade')
  const socket = new Subscriber(`${base}/ws/notifications`)
  t.teardown(() => socket.close())
  socket.socket.once('open', () => socket.send({ type: 'auth', payload: { token: token({ aud: 'first message' }) } }))
  await socket.closed
  t.match(refused().at(-1), { reqId: String, refusal: { what: 'claim aud', seen: 'first message' } }, 'a first message')
  for (const [credential] of refusals) t.notOk(lines.some(line => line.includes(credential)), 'no credential')
  t.notOk(lines.some(line => line.includes(wrong.split('.')[2]!)), 'no signature')
})

test('what was sent to a user by id is there when it is first seen, what was sent to its groups is not', async t => {
  const app = await build(t)
  await sent(app, 'to-bob', { users: ['bob'] })
  await sent(app, 'to-all', { all: true })
  await sent(app, 'to-a', { companies: ['company_a'] })
  t.same(await inbox(app, people.bob), ['to-bob'])
})

test('a login\'s token is nothing another backend can make up', async t => {
  const app = await build(t)
  const token = mint(people.root, { sid: 'made-up' })
  isProblem(t, await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${token}` }), 'BLF_UNAUTHENTICATED')
})
