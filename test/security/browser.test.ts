import { PassThrough } from 'node:stream'
import { test } from 'tap'
import { loggerOptions } from '../../src/process/logger.ts'
import { build, call, hello, listen, mint, people, refusal, Subscriber } from '../helper.ts'
import { bearing, enrol, login } from './accounts.ts'

const APP = 'https://app.example.com'

/** Origins that look like the allowed one. */
const lookalikes = [
  'null', '', ' ', 'https://app.example.com.evil.example', 'https://evilapp.example.com', 'https://evil.example/https://app.example.com',
  'https://app.example.com@evil.example', 'https://example.com', 'https://x.app.example.com', 'http://app.example.com', 'https://app.example.com:8443',
  'https://app.example.com:443', 'https://app.example.com/', 'https://app.example.com.', 'HTTPS://APP.EXAMPLE.COM', `${APP}, https://evil.example`,
  'wss://app.example.com', 'file://', 'https://app-example.com', 'https://app.example.co', '*', 'undefined'
]

test('origins of upgrades', async t => {
  const app = await build(t, { ALLOWED_ORIGINS: `${APP},http://localhost:3000` })
  const base = await listen(app)
  const url = `${base}/ws/notifications`
  const headers = bearing(mint(people.bob))

  for (const origin of [APP, 'http://localhost:3000', base, undefined]) {
    const socket = new Subscriber(url, { headers, ...(origin === undefined ? {} : { origin }) })
    t.teardown(() => socket.close())
    t.match(await socket.next(), { type: 'welcome' }, `${origin} may`)
  }
  const port = new URL(base).port
  const others = [...lookalikes, base.replace('http:', 'https:'), base.replace(port, String(Number(port) ^ 1)), `http://localhost:${port}`, 'http://localhost:3001']
  for (const origin of others) {
    t.match(await refusal(url, { headers: { ...headers, origin } }), { status: 403, body: { code: 'BLF_FORBIDDEN_ORIGIN' } }, `${origin} may not`)
  }
  t.equal((await refusal(url, { headers: { origin: 'null' } })).status, 403, 'also before anybody has authenticated')
  t.comment(`${others.length} foreign origins refused`)
})

test('origins of REST', async t => {
  const app = await build(t, { ALLOWED_ORIGINS: APP })
  const preflight = (origin: string) => app.inject({
    method: 'OPTIONS', url: '/api/notifications/send', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' }
  })
  const asked = await preflight(APP)
  t.match(asked, { statusCode: 204, headers: { 'access-control-allow-origin': APP, 'access-control-allow-methods': /POST/, 'access-control-allow-headers': /authorization/, vary: /Origin/ } })
  t.notOk(asked.headers['access-control-allow-credentials'], 'there are no cookies to send')
  const answer = await call(app, people.bob, 'GET', '/api/auth/me', undefined, { origin: APP })
  t.match(answer.headers, { 'access-control-allow-origin': APP, 'access-control-expose-headers': /date.*retry-after/, vary: /Origin/ })
  for (const origin of lookalikes) {
    t.equal((await preflight(origin)).headers['access-control-allow-origin'], undefined, origin)
    t.equal((await call(app, people.bob, 'GET', '/api/auth/me', undefined, { origin })).headers['access-control-allow-origin'], undefined, origin)
  }
  const alone = await build(t)
  t.equal((await call(alone, people.bob, 'GET', '/api/auth/me', undefined, { origin: APP })).headers['access-control-allow-origin'], undefined, 'none by default')
})

test('headers that browsers keep to', async t => {
  const app = await build(t)
  await enrol(app, { id: 'frank', company: 'company_a' })
  const { refresh_token: token } = await login(app, 'frank')
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'n1' })
  const answers = {
    me: await call(app, people.bob, 'GET', '/api/auth/me'),
    ticket: await call(app, people.bob, 'POST', '/api/auth/ticket'),
    login: await call(app, null, 'POST', '/api/auth/login', { username: 'frank', password: 'wrong' }),
    refresh: await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: token }),
    'spent refresh': await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: token }),
    inbox: await call(app, people.bob, 'GET', '/api/notifications/me'),
    read: await call(app, people.bob, 'PUT', '/api/notifications/n1/read'),
    'not there': await call(app, people.bob, 'PUT', '/api/notifications/n2/read'),
    forbidden: await call(app, people.bob, 'GET', '/api/notifications/carol'),
    invalid: await call(app, people.bob, 'GET', '/api/notifications/me?limit=0'),
    unauthenticated: await call(app, null, 'GET', '/api/notifications/me'),
    users: await call(app, people.alice, 'GET', '/api/users'),
    keys: await call(app, people.root, 'GET', '/api/keys'),
    broadcast: await call(app, people.bob, 'POST', '/api/broadcast/role/user', {})
  }
  for (const [about, { status, headers }] of Object.entries(answers)) {
    t.match(headers, {
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/
    }, `${about} (${status})`)
    t.notOk(headers['set-cookie'], 'no cookies')
    t.notOk(headers['x-powered-by'])
    t.notOk(headers['strict-transport-security'], 'which is for who ends TLS to say')
  }
  for (const url of ['/', '/docs', '/redoc', '/nowhere', '/healthz', '/openapi.json']) {
    const { headers } = await app.inject(url)
    t.match(headers, { 'x-content-type-options': 'nosniff', 'content-security-policy': /default-src 'none'/ }, url)
    t.notOk(headers['strict-transport-security'], url)
  }
})

test('forwarded headers', async t => {
  const forwarded = (address: string) => ({ 'x-forwarded-for': address, forwarded: `for=${address};proto=https;host=app.example.com`, 'x-real-ip': address, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example.com' })

  t.test('of anybody change nothing', async t => {
    const log = new PassThrough().setEncoding('utf8')
    let lines = ''
    log.on('data', (chunk: string) => { lines += chunk })
    const app = await build(t, { LOGIN_RATE_LIMIT: '2' }, { logger: { ...loggerOptions('info'), stream: log } })
    const base = await listen(app)
    const attempt = (address: string) => call(app, null, 'POST', '/api/auth/login', { username: `of-${address}`, password: 'wrong' }, forwarded(address))
    t.same([(await attempt('192.0.2.1')).status, (await attempt('192.0.2.2')).status, (await attempt('192.0.2.3')).status], [401, 401, 429])
    const { status } = await refusal(`${base}/ws/notifications`, { headers: { ...bearing(mint(people.bob)), ...forwarded('192.0.2.4'), origin: APP } })
    t.equal(status, 403, 'the host and scheme they speak of are not ours')
    t.notMatch(lines, '192.0.2.')
    t.match(lines, '"remote_address":"127.0.0.1"')
  })

  t.test('of a trusted proxy count, as far as its own part of them goes', async t => {
    const app = await build(t, { LOGIN_RATE_LIMIT: '2', TRUST_PROXY: '127.0.0.0/8, 10.0.0.0/8' })
    const base = await listen(app)
    let user = 0
    const attempt = async (chain: string) => (await call(app, null, 'POST', '/api/auth/login', { username: `user-${++user}`, password: 'wrong' }, { 'x-forwarded-for': chain })).status
    // What a client put in front of the list is its own invention.
    t.same([await attempt('1.1.1.1, 192.0.2.1'), await attempt('2.2.2.2, 192.0.2.1, 10.1.2.3'), await attempt('3.3.3.3, 192.0.2.1')], [401, 401, 429])
    t.equal(await attempt('192.0.2.1, 192.0.2.2'), 401)
    const socket = new Subscriber(`${base}/ws/notifications`, { headers: { ...bearing(mint(people.bob)), ...forwarded('192.0.2.4'), origin: APP } })
    t.teardown(() => socket.close())
    t.match(await socket.next(), { type: 'welcome' }, 'same origin, seen from outside the proxy')
  })

  t.test('of others than the trusted proxy change nothing', async t => {
    const app = await build(t, { LOGIN_RATE_LIMIT: '1', TRUST_PROXY: '10.0.0.0/8' })
    const attempt = async (address: string) => (await call(app, null, 'POST', '/api/auth/login', { username: address, password: 'wrong' }, forwarded(address))).status
    t.same([await attempt('192.0.2.1'), await attempt('192.0.2.2')], [401, 429])
  })
})
