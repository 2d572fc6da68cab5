import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'tap'
import { hashPassword } from '../../../src/identity/password.ts'
import { build, call, isProblem, mint, people, SECRET, type App } from '../../helper.ts'

const now = () => Math.floor(Date.now() / 1000)
const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** What a backend with the secret may mint, less or more what a test makes of it. */
const good = () => ({ sub: 'bob', role: 'user', company: 'company_a', iss: 'belfry', aud: 'belfry', iat: now(), exp: now() + 900 })

/** A token put together by hand: any header, any payload, any key. */
function forge (payload: unknown, header: object = {}, key = SECRET, hash = 'sha256'): string {
  const text = `${part({ alg: 'HS256', typ: 'JWT', ...header })}.${part(payload)}`
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
}

const me = (app: App, token: string) => call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `Bearer ${token}` })

test('a token with every claim as it should be is accepted', async t => {
  const app = await build(t)
  t.match(await me(app, forge(good())), { status: 200, body: { kind: 'user', id: 'bob', role: 'user', company: 'company_a' } })
  t.equal((await me(app, forge({ ...good(), aud: ['other', 'belfry'] }))).status, 200, 'one audience of several')
  t.equal((await me(app, forge({ ...good(), nbf: now() - 5, jti: 'x', more: { a: 1 } }))).status, 200, 'other claims are others\' business')
  t.equal((await me(app, forge({ ...good(), iat: now() - 0.5, exp: now() + 900.5 }))).status, 200, 'parts of a second are numbers too')
})

test('the subjects of identity providers are user ids, on every route that names one', async t => {
  const app = await build(t)
  const subjects = ['auth0|5f7c8ec7c33c6c004bbafe82', 'alice@example.com', 'https://id.example/u/7?x=1#me', 'a/b', 'a%2Fb', 'CN=Alice Müller,O=Example', '🙂'.repeat(255), 'a'.repeat(255), '...', 'Me']
  for (const sub of subjects) {
    t.match(await me(app, forge({ ...good(), sub, company: null })), { status: 200, body: { kind: 'user', id: sub } }, sub)
    const path = encodeURIComponent(sub)
    t.match(await call(app, people.root, 'GET', `/api/users/${path}`), { status: 200, body: { id: sub } }, `user ${sub}`)
    const sent = await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x', audience: { users: [sub] } })
    t.match(await call(app, people.root, 'GET', `/api/notifications/${path}`), { status: 200, body: { items: [{ id: sent.body.id }] } }, `inbox of ${sub}`)
    t.match(await call(app, people.root, 'GET', `/api/notifications/${path}/unread-count`), { status: 200, body: { unread_count: 1 } })
    t.match(await call(app, people.root, 'PATCH', `/api/users/${path}`, { role: 'editor' }), { status: 200, body: { role: 'editor' } })
    t.equal((await call(app, people.root, 'DELETE', `/api/users/${path}`)).status, 204)
  }
})

test('no company is absent or null, and of several roles one counts, whatever their order', async t => {
  const app = await build(t)
  const roles: [unknown, string][] = [
    [['user', 'admin'], 'admin'], [['admin', 'user'], 'admin'], [['offline_access', 'user', 'uma_authorization'], 'user'], [['editor', 'viewer'], 'editor'], ['editor', 'editor']
  ]
  for (const [index, [role, expected]] of roles.entries()) {
    t.match(await me(app, forge({ ...good(), sub: `u${index}`, role })), { status: 200, body: { role: expected } }, JSON.stringify(role))
  }
  const { company, ...bare } = good()
  t.notMatch((await me(app, forge({ ...bare, sub: 'x', company: null }))).body, { company: String })
  t.notMatch((await me(app, forge({ ...bare, sub: 'y' }))).body, { company: String })
})

test('an issuer\'s clock may be a minute ahead, no more', async t => {
  const app = await build(t)
  for (const name of ['iat', 'nbf']) {
    t.equal((await me(app, forge({ ...good(), [name]: now() + 50 }))).status, 200, name)
    isProblem(t, await me(app, forge({ ...good(), [name]: now() + 70 })), 'BLF_UNAUTHENTICATED', name)
  }
  isProblem(t, await me(app, forge({ ...good(), exp: now() - 1 })), 'BLF_UNAUTHENTICATED', 'which lengthens no life')
})

test('the previous secret verifies, and signs nothing', async t => {
  const previous = 'the-secret-that-was-used-until-today!'
  const app = await build(t, { JWT_PREVIOUS_SECRET: previous })
  t.equal((await me(app, forge(good(), {}, previous))).status, 200)
  t.equal((await me(app, forge(good()))).status, 200)
  isProblem(t, await me(app, forge(good(), {}, 'a-secret-that-never-was-one-of-theirs')), 'BLF_UNAUTHENTICATED')
  isProblem(t, await me(app, forge({ ...good(), exp: now() - 1 }, {}, previous)), 'BLF_UNAUTHENTICATED')
  await app.store.createUser({ id: 'carol', username: 'carol', role: 'user', company: null, passwordHash: await hashPassword('correct horse battery') })
  const { body } = await call(app, null, 'POST', '/api/auth/login', { username: 'carol', password: 'correct horse battery' })
  const [header = '', payload = '', signature = ''] = body.access_token.split('.')
  t.equal(signature, createHmac('sha256', SECRET).update(`${header}.${payload}`).digest('base64url'), 'a login is signed with the new one')
  const session = JSON.parse(Buffer.from(payload, 'base64url').toString())
  t.match(await me(app, forge(session, {}, previous)), { status: 200, body: { id: 'carol' } }, 'sessions of before go on')
  for (const JWT_PREVIOUS_SECRET of ['short', `-----BEGIN PUBLIC KEY-----${'x'.repeat(40)}`]) {
    await t.rejects(build(t, { JWT_PREVIOUS_SECRET }), { message: /^JWT_PREVIOUS_SECRET must be/ })
  }
})

test('a missing or wrong claim is 401', async t => {
  const app = await build(t)
  const without = (...names: string[]) => Object.fromEntries(Object.entries(good()).filter(([name]) => !names.includes(name)))
  const bad: Record<string, unknown> = Object.fromEntries(['sub', 'role', 'iss', 'aud', 'iat', 'exp'].map(name => [`no ${name}`, without(name)]))
  const wrong: Record<string, unknown> = {
    iss: 'elsewhere',
    aud: 'others',
    exp: now() - 1,
    nbf: now() + 300,
    iat: now() + 300,
    sub: 'me',
    role: '',
    company: '..',
    sid: 7
  }
  for (const [name, value] of Object.entries(wrong)) bad[`wrong ${name}`] = { ...good(), [name]: value }
  const odd = [
    { sub: '' }, { sub: 'a'.repeat(256) }, { sub: '🙂'.repeat(256) }, { sub: 'a\0' }, { sub: 'a\u0085' }, { sub: '\u202eroot' }, { sub: '\ud800' }, { sub: '..' }, { sub: 1 }, { sub: ['bob'] }, { role: 'a'.repeat(129) }, { role: 'a\nb' }, { role: '\ud800' },
    { role: [] }, { role: [1] }, { role: [['admin']] }, { role: ['a\u200b'] }, { company: ['a'] }, { company: '' }, { company: 'a\0b' }, { company: '\udc00' }, { company: 'c'.repeat(129) }, { company: { name: 'a' } }, { company: false },
    { exp: 'never' }, { exp: null }, { exp: `${now() + 900}` }, { iat: 'now' }, { aud: [] }, { aud: ['others'] }, { iss: ['belfry'] }, { iss: '' }
  ]
  for (const change of odd) bad[JSON.stringify(change)] = { ...good(), ...change }
  for (const [name, payload] of Object.entries(bad)) isProblem(t, await me(app, forge(payload)), 'BLF_UNAUTHENTICATED', name.slice(0, 40))
  t.equal(await app.store.head(), 0, 'and no user came of it')
})

test('a token with another signature is 401', async t => {
  const app = await build(t)
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(good())}`
  const [header = '', payload = '', signature = ''] = forge(good()).split('.')
  const root = part({ ...good(), role: 'admin', company: undefined })
  const bad: Record<string, string> = {
    'another secret': forge(good(), {}, `${SECRET}.`),
    'an empty secret': forge(good(), {}, ''),
    'algorithm none': `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'algorithm None': `${part({ alg: 'None' })}.${payload}.${signature}`,
    'no algorithm': forge(good(), { alg: undefined }),
    HS384: forge(good(), { alg: 'HS384' }, SECRET, 'sha384'),
    HS512: forge(good(), { alg: 'HS512' }, SECRET, 'sha512'),
    RS256: `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`,
    'a public key as secret': forge(good(), {}, publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    'another payload': `${header}.${root}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${header}.${payload}.${signature}.x`,
    'an unknown critical extension': forge(good(), { crit: ['b64'], b64: false }),
    'an empty list of critical extensions': forge(good(), { crit: [] }),
    'no JSON inside': forge('{'),
    'a list inside': forge([good()]),
    'not even a token': 'bearer',
    'too long a token': forge({ ...good(), more: 'a'.repeat(8192) })
  }
  for (const [name, token] of Object.entries(bad)) isProblem(t, await me(app, token), 'BLF_UNAUTHENTICATED', name)
  t.equal(await app.store.head(), 0)
})

test('credentials that are no bearer token are 401', async t => {
  const app = await build(t)
  const token = mint(people.bob)
  const basic = Buffer.from('bob:password').toString('base64')
  for (const authorization of ['', 'Bearer', 'Bearer ', token, `Basic ${basic}`, `Token ${token}`, `Bearer ${token} ${token}`, `Bearer "${token}"`, 'Bearer null', `Bearer,${token}`]) {
    isProblem(t, await call(app, null, 'GET', '/api/auth/me', undefined, { authorization }), 'BLF_UNAUTHENTICATED', authorization.slice(0, 12))
  }
  isProblem(t, await call(app, null, 'GET', `/api/auth/me?access_token=${token}&token=${token}`), 'BLF_UNAUTHENTICATED', 'a query is no place for one')
  t.equal((await call(app, null, 'GET', '/api/auth/me', undefined, { authorization: `bearer  ${token}` })).status, 200, 'the scheme\'s case does not count')
})

test('a token ends at its exp, also when it was accepted before', async t => {
  const app = await build(t)
  const exp = now() + 30
  const token = forge({ ...good(), exp })
  t.equal((await me(app, token)).status, 200)
  const clock = t.capture(Date, 'now', () => exp * 1000)
  isProblem(t, await me(app, token), 'BLF_UNAUTHENTICATED')
  clock.restore()
})

test('every guarded route wants credentials', async t => {
  const app = await build(t)
  const guarded = [
    ['GET', '/api/auth/me'], ['GET', '/api/users'], ['GET', '/api/users/bob'], ['DELETE', '/api/users/bob'],
    ['GET', '/api/notifications/me'], ['GET', '/api/notifications/bob/unread-count'], ['PUT', '/api/notifications/n1/read'],
    ['PUT', '/api/notifications/n1/unread'], ['DELETE', '/api/notifications/n1'], ['DELETE', '/api/broadcast/n1'], ['GET', '/metrics']
  ] as const
  for (const [method, url] of guarded) isProblem(t, await call(app, null, method, url), 'BLF_UNAUTHENTICATED', `${method} ${url}`)
  const posted = ['/api/users', '/api/notifications/send', '/api/notifications/read-all', '/api/broadcast/role/user', '/api/broadcast/company/a', '/api/broadcast/company/a/role/b']
  for (const url of posted) isProblem(t, await call(app, null, 'POST', url, { any: 'body' }), 'BLF_UNAUTHENTICATED', `POST ${url}, before its body is looked at`)
})
