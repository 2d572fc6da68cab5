import { test } from 'tap'
import { Links } from '../../../src/outbound/mail/links.ts'
import { build, call, isProblem, mint, people, SECRET } from '../../helper.ts'
import { upTo } from '../../contract/store/engine.ts'

const { root, alice, bob, carol } = people
const DISGUISED = [
  'bob@example.com\r\nBcc: eve@example.com', 'bob@example.com\n', '\tbob@example.com', 'bob@example.com, eve@example.com', 'Bob <bob@example.com>', '"bob\r\n"@example.com', 'bob@[127.0.0.1]',
  'bob@localhost', 'bob', '@example.com', 'bob@example..com', 'bob@-example.com', 'bob @example.com', 'bób@example.com', 'bob@example.com>', 'bob@example.com\u0000', '.bob@example.com', `${'b'.repeat(250)}@example.com`
]

test('an address is one address, whoever states it', async t => {
  const app = await build(t)
  await call(app, bob, 'GET', '/api/auth/me')
  for (const email of DISGUISED) {
    const { status, body } = await call(app, root, 'PATCH', '/api/users/bob', { email })
    t.match([status, body], [400, { code: 'BLF_VALIDATION', errors: [{ path: '/email', message: /such as ada@example.com|254/ }] }], JSON.stringify(email))
    isProblem(t, await call(app, root, 'POST', '/api/users', { username: 'eve', role: 'user', email }), 'BLF_VALIDATION')
    const claimed = await app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${mint({ sub: 'claimed' }, { email, email_verified: true })}` } })
    t.equal(claimed.statusCode, 200, 'it keeps nobody out')
  }
  t.equal((await app.store.user('claimed'))!.email, undefined)
  const email = "o'neil+belfry@mail.example.co.uk"
  t.match((await call(app, root, 'PATCH', '/api/users/bob', { email })).body, { id: 'bob', email })
  t.match((await call(app, alice, 'GET', '/api/users/bob')).body, { email })
  t.match((await call(app, root, 'GET', '/api/users?q=o%27neil')).body.items, [{ id: 'bob' }])
  t.match((await call(app, root, 'POST', '/api/users', { username: 'Dora', role: 'user', email: 'dora@example.com' })).body, { email: 'dora@example.com' })
  t.notOk('email' in (await call(app, root, 'PATCH', '/api/users/bob', { email: null })).body)
  isProblem(t, await call(app, bob, 'PATCH', '/api/users/bob', { email: 'victim@example.com' }), 'BLF_FORBIDDEN', 'nobody states their own: it is not verified')
})

test('a token states an address that its issuer has verified, and the newest statement holds', async t => {
  const app = await build(t, { JWT_EMAIL_CLAIM: 'contact.email' })
  const now = Math.floor(Date.now() / 1000)
  const email = async (iat: number, claims: object) => {
    t.equal((await app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${mint(bob, { iat, exp: now + 900, ...claims })}` } })).statusCode, 200)
    return (await app.store.user('bob'))!.email
  }
  t.equal(await email(now - 50, { contact: { email: 'unverified@example.com' } }), undefined)
  t.equal(await email(now - 49, { contact: { email: 'unverified@example.com', email_verified: false } }), undefined)
  t.equal(await email(now - 48, { contact: { email: 'bob@example.com', email_verified: true } }), 'bob@example.com')
  t.equal(await email(now - 47, {}), 'bob@example.com', 'a token that does not say changes nothing')
  t.equal(await email(now - 46, { contact: { email: 'other@example.com' }, email_verified: 'true' }), 'other@example.com')
  t.equal(await email(now - 48, { contact: { email: 'older@example.com', email_verified: true } }), 'other@example.com')
  await call(app, root, 'PATCH', '/api/users/bob', { email: 'set@example.com' })
  t.equal(await email(now - 1, { contact: { email: 'older@example.com', email_verified: true } }), 'set@example.com', 'what is set here is a statement too')
})

test('one click unsubscribes; a look changes nothing', async t => {
  const app = await build(t, { PUBLIC_URL: 'https://belfry.example/notify' })
  for (const person of [bob, carol]) await call(app, person, 'GET', '/api/auth/me')
  const { createdAt } = (await app.store.user('bob'))!
  const urlOf = (token: string) => `/mail/unsubscribe?token=${token}`
  const token = app.mailLinks.sign({ userId: 'bob', createdAt, topics: ['news', 'a.b'] })
  const own = async () => (await call(app, bob, 'GET', '/api/preferences/me')).body
  const look = await app.inject({ url: urlOf(token), headers: { accept: 'text/html' } })
  t.match([look.statusCode, look.headers['content-type'], look.body], [200, 'text/html; charset=utf-8', /<form method="post">/])
  t.match(look.body, 'no more mail about <strong>news</strong> and <strong>a.b</strong>')
  t.match(look.headers['content-security-policy'], /form-action 'self'/)
  t.match(look.headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  t.equal((await app.inject({ method: 'HEAD', url: urlOf(token) })).statusCode, 200)
  t.same((await own()).topics, {})
  const click = (url: string, payload = 'List-Unsubscribe=One-Click', type = 'application/x-www-form-urlencoded') => app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } })
  const done = await click(urlOf(token))
  t.match([done.statusCode, done.body], [200, /Mail about <strong>news<\/strong> and <strong>a\.b<\/strong> is off/])
  t.same((await own()).topics, { news: { mail: 'off' }, 'a.b': { mail: 'off' } })
  t.equal((await click(urlOf(token), '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n', 'multipart/form-data; boundary=b')).statusCode, 200, 'as a form of the other kind, and again')
  await click(urlOf(app.mailLinks.sign({ userId: 'bob', createdAt, topics: null })))
  t.same((await own()).channels, { mail: 'off' })
  t.same((await call(app, carol, 'GET', '/api/preferences/me')).body.channels, {})

  const [payload, mac] = token.split('.') as [string, string]
  const forged = Buffer.from(JSON.stringify(['carol', createdAt, null])).toString('base64url')
  const foreign = new Links(['another-secret-of-at-least-32-bytes!']).sign({ userId: 'carol', createdAt, topics: null })
  for (const bad of ['', 'x', `${forged}.${mac}`, `${payload}.`, `${payload}.${mac}.`, payload, foreign, mint(bob)]) {
    t.equal((await app.inject(urlOf(bad))).statusCode, 404, bad)
    const { statusCode, body } = await click(urlOf(bad))
    t.match([statusCode, JSON.parse(body)], [404, { code: 'BLF_LINK_NOT_FOUND' }])
  }
  t.equal((await click(urlOf(token), 'x'.repeat(5_000))).statusCode, 413)
  t.equal((await click(urlOf(token), '{}', 'text/plain')).statusCode, 415)
  t.equal((await app.inject({ method: 'POST', url: '/api/auth/login', payload: 'username=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).statusCode, 415, 'nowhere else')

  await app.store.removeUser('bob')
  await app.store.createUser({ id: 'bob', username: 'bob', role: 'user', company: null, passwordHash: null })
  t.equal((await click(urlOf(token))).statusCode, 200)
  t.same((await app.store.preferences('bob'))!.own.topics, {}, 'whoever has the id next is somebody else')
})

test('links outlive a change of the secret, and name as many topics as a line of a mail has room for', async t => {
  const before = new Links(['the-secret-before-of-at-least-32-bytes'])
  const now = new Links([SECRET, 'the-secret-before-of-at-least-32-bytes'])
  const some = { userId: 'auth0|5f7c', createdAt: 1_769_860_800_000, topics: ['news'] }
  t.same(now.verify(before.sign(some)), some)
  t.equal(before.verify(now.sign(some)), undefined)
  const many = { ...some, topics: upTo(100).map(number => `topic-${number}`) }
  t.ok(now.sign(many).length < 750)
  t.same(now.verify(now.sign(many)), { ...some, topics: null })
})
