import { test, type Test } from 'tap'
import { build, call, clock, isProblem, people, type Answer, type App } from '../../helper.ts'

const password = 'correct horse battery'
const HERE = 'http://localhost:80'
const own = { origin: HERE, host: 'localhost:80' }

interface Cookie { value: string, attributes: string[] }

/** The cookie that an answer sets. */
function cookieOf ({ headers }: Answer): Cookie | undefined {
  const header = headers['set-cookie'] as string | undefined
  if (header === undefined) return undefined
  const [pair, ...attributes] = header.split('; ') as [string, ...string[]]
  if (!pair.startsWith('belfry_refresh=')) throw new Error(header)
  return { value: pair.slice('belfry_refresh='.length), attributes }
}

const sending = (value: string, headers: Record<string, string> = own) => ({ ...headers, cookie: `other=1; belfry_refresh=${value}` })
const bearing = ({ body }: Answer) => ({ authorization: `Bearer ${body.access_token}` })
const me = async (app: App, answer: Answer) => (await call(app, null, 'GET', '/api/auth/me', undefined, bearing(answer))).status

async function registered (t: Test, env: Record<string, string> = {}) {
  const app = await build(t, env)
  await call(app, people.root, 'POST', '/api/users', { username: 'frank', password, role: 'admin' })
  const login = (headers: Record<string, string> = own, body = { username: 'frank', password, cookie: true }) => call(app, null, 'POST', '/api/auth/login', body, headers)
  const refresh = (value: string, headers: Record<string, string> = own) => call(app, null, 'POST', '/api/auth/refresh', undefined, sending(value, headers))
  return { app, login, refresh }
}

test('the refresh token is in a cookie that scripts cannot read, and nowhere else', async t => {
  const { app, login, refresh } = await registered(t, { REFRESH_TOKEN_TTL: '600' })
  const answer = await login()
  t.match(answer, { status: 200, body: { access_token: /./, expires_in: 900, user: { username: 'frank' } } })
  t.notOk('refresh_token' in answer.body)
  const cookie = cookieOf(answer)!
  t.match(cookie.value, /^[\w-]{43}\.[\w-]{43}$/)
  t.same(cookie.attributes.filter(attribute => !attribute.startsWith('Max-Age=')), ['Path=/api/auth', 'HttpOnly', 'SameSite=Strict'])
  t.match(cookie.attributes.join(), /Max-Age=(600|599)/)
  const next = await refresh(cookie.value)
  t.match(next, { status: 200, body: { access_token: /./ } })
  t.notOk('refresh_token' in next.body)
  t.not(cookieOf(next)!.value, cookie.value, 'it is rotated')
  t.equal(await me(app, next), 200)
  t.notOk(cookieOf(await login(own, { username: 'frank', password } as never)), 'without being asked for there is none')
})

test('behind https, and under a path, the cookie is for there only', async t => {
  const { login, refresh } = await registered(t, { PUBLIC_URL: 'https://example.com/belfry', TRUST_PROXY: '127.0.0.1' })
  const attributes = async (headers: Record<string, string>) => cookieOf(await login(headers))!.attributes
  t.ok((await attributes({ origin: 'https://example.com' })).includes('Secure'), 'as the page was loaded over https')
  t.ok((await attributes({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other.example' })).includes('Secure'))
  t.ok((await attributes({})).includes('Secure'), 'and as PUBLIC_URL says')
  const plain = await attributes(own)
  t.notOk(plain.includes('Secure'), 'a browser would not keep it over plain http')
  t.ok(plain.includes('Path=/belfry/api/auth'))
  const { value } = cookieOf(await login())!
  t.equal((await refresh(value, { origin: 'https://example.com' })).status, 200, 'PUBLIC_URL is an origin of its own')
})

test('only pages of this server may use it, and those that may call the API are not those', async t => {
  const { app, login, refresh } = await registered(t, { ALLOWED_ORIGINS: 'https://app.example' })
  const { value } = cookieOf(await login())!
  for (const origin of ['https://app.example', 'https://evil.example', 'null', '', 'http://localhost', 'https://localhost:80', 'http://localhost:80.evil.example']) {
    const headers = { ...own, origin }
    isProblem(t, await refresh(value, headers), 'BLF_FORBIDDEN_ORIGIN', `refresh from ${origin}`)
    isProblem(t, await call(app, null, 'POST', '/api/auth/logout', undefined, sending(value, headers)), 'BLF_FORBIDDEN_ORIGIN', `logout from ${origin}`)
    isProblem(t, await login(headers), 'BLF_FORBIDDEN_ORIGIN', `login from ${origin}`)
  }
  isProblem(t, await refresh(value, {}), 'BLF_FORBIDDEN_ORIGIN', 'nor who names no origin')
  t.equal((await refresh(value)).status, 200, 'all of which changed nothing')
  const { status, headers } = await call(app, null, 'POST', '/api/auth/login', { username: 'frank', password }, { origin: 'https://app.example' })
  t.equal(status, 200)
  t.notOk('access-control-allow-credentials' in headers, 'no other origin is ever told to send cookies')
  for (const url of ['/api/auth/me', '/api/auth/sessions', '/api/notifications/me']) t.equal((await call(app, null, 'GET', url, undefined, sending(value))).status, 401, `${url} takes no cookie`)
})

test('without a cookie nobody is logged in, which is no error', async t => {
  const { app, login } = await registered(t)
  const without: Record<string, string>[] = [{}, own, { origin: 'https://evil.example' }, { cookie: 'other=1' }, { cookie: 'xbelfry_refresh=1' }]
  for (const headers of without) {
    t.match(await call(app, null, 'POST', '/api/auth/refresh', undefined, headers), { status: 204, body: undefined })
  }
  const { value } = cookieOf(await login())!
  for (const bad of ['', 'x', value.slice(1), `${value}x`, value.split('.')[1]!]) {
    const answer = await call(app, null, 'POST', '/api/auth/refresh', undefined, sending(bad))
    isProblem(t, answer, 'BLF_UNAUTHENTICATED', bad)
    t.ok(cookieOf(answer)!.attributes.includes('Max-Age=0'), 'what is good for nothing is removed')
  }
  isProblem(t, await call(app, null, 'POST', '/api/auth/refresh', undefined, { ...own, cookie: `belfry_refresh=${value}; belfry_refresh=planted` }), 'BLF_UNAUTHENTICATED', 'two cookies: one was planted')
})

test('a stolen cookie is found out when both it and its successor are used', async t => {
  const time = clock(t)
  const { app, login, refresh } = await registered(t)
  const first = cookieOf(await login())!.value
  const second = await refresh(first)
  t.equal((await refresh(first)).status, 200, 'within 30 seconds a lost answer is given again')
  t.equal((await refresh(cookieOf(second)!.value)).status, 200)
  time.forward(31_000)
  isProblem(t, await refresh(first), 'BLF_UNAUTHENTICATED')
  t.equal(await me(app, second), 401, 'the session has ended')
})

test('logout without a body ends the session of the cookie', async t => {
  const { app, login, refresh } = await registered(t)
  const [mine, other] = [await login(), await login()]
  const ended = await call(app, null, 'POST', '/api/auth/logout', undefined, sending(cookieOf(mine)!.value))
  t.equal(ended.status, 204)
  t.same([cookieOf(ended)!.value, cookieOf(ended)!.attributes.includes('Max-Age=0')], ['', true])
  t.same([await me(app, mine), await me(app, other)], [401, 200])
  t.equal((await refresh(cookieOf(mine)!.value)).status, 401)
  isProblem(t, await call(app, null, 'POST', '/api/auth/logout', { everywhere: true }, sending(cookieOf(other)!.value)), 'BLF_UNAUTHENTICATED', 'for everywhere it takes a token')
  isProblem(t, await call(app, null, 'POST', '/api/auth/logout'), 'BLF_UNAUTHENTICATED')
})

test('logout with a token takes the cookie of its session along, and not that of somebody who logged in since', async t => {
  const { app, login } = await registered(t)
  const [mine, other] = [await login(), await login()]
  const logout = (answer: Answer, value: string, body?: object) => call(app, null, 'POST', '/api/auth/logout', body, { ...sending(value), ...bearing(answer) })
  const first = await logout(mine, cookieOf(other)!.value)
  t.same([first.status, cookieOf(first), await me(app, other)], [204, undefined, 200])
  const second = await logout(other, cookieOf(other)!.value, { everywhere: true })
  t.ok(cookieOf(second)!.attributes.includes('Max-Age=0'))
  t.equal(await me(app, other), 401)
})

const key = { name: 'a key', scopes: ['metrics:read'] }
const hello = { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' }

test('ten minutes after the password, a page must ask for it again before it may do much harm', async t => {
  const time = clock(t)
  const { app, login } = await registered(t)
  const session = await login()
  const ask = (method: 'POST' | 'DELETE', url: string, body?: object) => call(app, null, method, url, body, bearing(session))
  const send = (audience: object) => ask('POST', '/api/notifications/send', { ...hello, audience })
  t.equal((await ask('POST', '/api/keys', key)).status, 201)
  time.forward(601_000)
  isProblem(t, await ask('POST', '/api/keys', key), 'BLF_REAUTHENTICATE')
  isProblem(t, await ask('DELETE', '/api/keys/nothing'), 'BLF_REAUTHENTICATE')
  for (const path of ['', '/nothing/rotate', '/nothing/test', '/nothing/replay']) {
    const body = path === '' ? { url: 'https://example.com', types: ['user.created'] } : path === '/nothing/replay' ? { since: 'x' } : undefined
    isProblem(t, await ask('POST', `/api/webhooks${path}`, body), 'BLF_REAUTHENTICATE', `webhooks${path}`)
  }
  isProblem(t, await ask('DELETE', '/api/webhooks/nothing'), 'BLF_REAUTHENTICATE')
  isProblem(t, await send({ all: true }), 'BLF_REAUTHENTICATE')
  isProblem(t, await ask('POST', '/api/notifications/send', hello), 'BLF_REAUTHENTICATE', 'without an audience it is everyone')
  t.match((await ask('POST', '/api/notifications/batch', { items: [hello] })).body.items, [{ code: 'BLF_REAUTHENTICATE' }])
  t.equal((await ask('POST', '/api/notifications/send?dry_run=true', hello)).status, 200, 'a dry run harms nobody')
  t.equal((await send({ companies: ['company_a'] })).status, 200)

  isProblem(t, await ask('POST', '/api/auth/confirm', { password: 'wrong' }), 'BLF_WRONG_PASSWORD')
  isProblem(t, await ask('POST', '/api/keys', key), 'BLF_REAUTHENTICATE')
  t.equal((await ask('POST', '/api/auth/confirm', { password })).status, 204)
  t.same([(await ask('POST', '/api/keys', key)).status, (await send({ all: true })).status], [201, 200])
})

test('neither a program\'s login nor a token from elsewhere is asked again, and a new password counts as given', async t => {
  const time = clock(t)
  const { app, login } = await registered(t, { ACCESS_TOKEN_TTL: '3600' })
  const [page, program] = [await login(), await login({}, { username: 'frank', password } as never)]
  time.forward(601_000)
  t.equal((await call(app, null, 'POST', '/api/keys', key, bearing(program))).status, 201)
  t.equal((await call(app, people.root, 'POST', '/api/keys', key)).status, 201)
  t.equal((await call(app, null, 'PATCH', '/api/users/me', { current_password: password, password: 'battery horse correct' }, bearing(page))).status, 200)
  t.equal((await call(app, null, 'POST', '/api/keys', key, bearing(page))).status, 201)
  isProblem(t, await call(app, people.bob, 'POST', '/api/auth/confirm', { password }), 'BLF_WRONG_PASSWORD', 'who has no password cannot give it')
})
