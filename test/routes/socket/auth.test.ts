import { test, type Test } from 'tap'
import type { Overrides } from '../../../src/app.ts'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, build, call, isProblem, listen, mint, people, refusal, Subscriber } from '../../helper.ts'

async function serving (t: Test, env: Record<string, string> = {}, overrides: Overrides = {}) {
  const wheel = new HandWheel()
  const app = await build(t, env, { wheel, ...overrides })
  const base = await listen(app)
  const url = `${base}/ws/notifications`
  const connect = (options: ConstructorParameters<typeof Subscriber>[1] = {}, query = '') => {
    const subscriber = new Subscriber(`${url}${query}`, options)
    t.teardown(() => subscriber.close())
    return subscriber
  }
  return { app, wheel, base, url, connect }
}

test('a header authenticates, and the welcome says who it is and where live begins', async t => {
  const { app, connect } = await serving(t)
  await call(app, people.bob, 'GET', '/api/auth/me')
  await call(app, people.root, 'POST', '/api/notifications/send', { title: 'a', message: 'b', priority: 'info', topic: 'x' })
  const subscriber = connect({ headers: bearer(people.bob) })
  const welcome = await subscriber.next()
  const { body: { cursor } } = await call(app, people.bob, 'GET', '/api/notifications/me')
  t.match(welcome, {
    type: 'welcome',
    cursor,
    payload: {
      connection_id: /^[\w-]{36}$/,
      user: { id: 'bob', username: 'bob', role: 'user', company: 'company_a', created_at: /Z$/ },
      unread_count: 1,
      heartbeat_interval: 25,
      resume: 'none'
    }
  })
  t.notOk('reply_to' in welcome)
  t.equal(subscriber.socket.protocol, '')
  t.equal((await subscriber.settled()).length, 1, 'nothing is replayed that was not asked for')
})

test('a subprotocol carries the token, and the answer selects belfry.v1 alone', async t => {
  const { url, connect } = await serving(t)
  const token = mint(people.bob)
  for (const protocols of [['belfry.v1', `bearer.${token}`], [`bearer.${token}`, 'other', 'belfry.v1']]) {
    const subscriber = connect({ protocols })
    t.match(await subscriber.next(), { type: 'welcome', payload: { user: { id: 'bob' } } })
    t.equal(subscriber.socket.protocol, 'belfry.v1')
  }
  const alone = await refusal(url, { protocols: ['belfry.v1', 'bearer.'] })
  isProblem(t, alone, 'BLF_UNAUTHENTICATED', 'no token after the dot')
})

test('the header answers an offered subprotocol too', async t => {
  const { connect } = await serving(t)
  const subscriber = connect({ headers: bearer(people.bob), protocols: ['belfry.v1'] })
  await subscriber.next('welcome')
  t.equal(subscriber.socket.protocol, 'belfry.v1')
})

test('the first message authenticates', async t => {
  const { connect } = await serving(t)
  const subscriber = connect()
  await subscriber.opened()
  t.match(await subscriber.ask({ id: 'a1', type: 'auth', payload: { token: mint(people.bob) } }), { type: 'welcome', reply_to: 'a1', payload: { user: { id: 'bob' } } })
  t.match(await subscriber.ask({ id: 'a2', type: 'ping' }), { type: 'pong' })
})

test('of several credentials the header counts', async t => {
  const { url, connect } = await serving(t)
  const protocols = ['belfry.v1', `bearer.${mint(people.carol)}`]
  t.match(await connect({ headers: bearer(people.bob), protocols }).next(), { payload: { user: { id: 'bob' } } })
  isProblem(t, await refusal(url, { headers: { authorization: 'Bearer wrong' }, protocols }), 'BLF_UNAUTHENTICATED')
})

test('bad credentials in a header are 401 before the upgrade', async t => {
  const { app, url } = await serving(t)
  const expired = mint(people.bob, { exp: Math.floor(Date.now() / 1000) - 1 })
  for (const [name, token] of [['garbage', 'garbage'], ['expired', expired], ['of another issuer', mint(people.bob).slice(0, -3)]] as const) {
    isProblem(t, await refusal(url, { headers: { authorization: `Bearer ${token}` } }), 'BLF_UNAUTHENTICATED', `${name}, in the header`)
    isProblem(t, await refusal(url, { protocols: ['belfry.v1', `bearer.${token}`] }), 'BLF_UNAUTHENTICATED', `${name}, in a subprotocol`)
  }
  for (const authorization of ['Basic Ym9iOnB3', 'Bearer', '']) isProblem(t, await refusal(url, { headers: { authorization } }), 'BLF_UNAUTHENTICATED', authorization)
  await call(app, people.bob, 'GET', '/api/auth/me')
  const token = mint(people.bob)
  await call(app, people.root, 'DELETE', '/api/users/bob')
  isProblem(t, await refusal(url, { headers: { authorization: `Bearer ${token}` } }), 'BLF_UNAUTHENTICATED', 'a removed user')
  t.equal(app.hub.size, 0)
})

test('a token in a query is refused, and not said again', async t => {
  const { url } = await serving(t)
  const token = mint(people.bob)
  for (const name of ['token', 'access_token', 'authorization']) {
    const answer = await refusal(`${url}?${name}=${token}`)
    isProblem(t, answer, 'BLF_VALIDATION', name)
    t.notOk(JSON.stringify(answer.body).includes(token))
  }
})

test('a foreign origin is 403 before the upgrade, whatever it knows', async t => {
  const { url, base, connect } = await serving(t, { ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:3000' })
  const headers = bearer(people.bob)
  const foreign = [
    'https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'https://app.example.com:8443', 'https://sub.app.example.com', 'null', '', 'https://app.example.com/',
    base.replace('http', 'https'), base.replace(/\d+$/, '1')
  ]
  for (const origin of foreign) {
    isProblem(t, await refusal(url, { headers: { ...headers, origin } }), 'BLF_FORBIDDEN_ORIGIN', origin)
    isProblem(t, await refusal(url, { headers: { origin } }), 'BLF_FORBIDDEN_ORIGIN', `${origin} without credentials`)
  }
  for (const origin of ['https://app.example.com', 'http://localhost:3000', base]) {
    t.match(await connect({ headers: { ...headers, origin } }).next(), { type: 'welcome' }, origin)
  }
})

test('a socket that does not authenticate in time is closed with 4408', async t => {
  const { app, wheel, connect } = await serving(t)
  const [silent, late] = [connect(), connect()]
  await Promise.all([silent.opened(), late.opened()])
  wheel.pass(4)
  await late.ask({ id: '1', type: 'auth', payload: { token: mint(people.bob) } })
  wheel.pass(1)
  t.same(await silent.closed, { code: 4408, reason: 'no auth in time' })
  wheel.pass(10)
  t.match(await late.ask({ id: '2', type: 'ping' }), { type: 'pong' })
  t.equal(app.hub.size, 1)
})

test('a first message that does not authenticate is answered and the socket closed with 4401', async t => {
  const { app, connect } = await serving(t)
  const bad: [string, unknown, string][] = [
    ['another verb', { id: '1', type: 'ping' }, 'BLF_UNAUTHENTICATED'],
    ['a send', { id: '1', type: 'send', payload: { title: 'a', message: 'b', priority: 'info', topic: 'x' } }, 'BLF_UNAUTHENTICATED'],
    ['a bad token', { id: '1', type: 'auth', payload: { token: 'garbage' } }, 'BLF_UNAUTHENTICATED'],
    ['no token', { id: '1', type: 'auth', payload: {} }, 'BLF_VALIDATION'],
    ['a token that is none', { id: '1', type: 'auth', payload: { token: 7 } }, 'BLF_VALIDATION'],
    ['no JSON', 'hello', 'BLF_BAD_JSON']
  ]
  for (const [name, frame, code] of bad) {
    const subscriber = connect()
    await subscriber.opened()
    subscriber.send(frame)
    // What comes behind it changes nothing any more.
    subscriber.send({ id: '2', type: 'auth', payload: { token: mint(people.bob) } })
    t.same(await subscriber.closed, { code: 4401, reason: 'credentials missing, expired or revoked' }, name)
    t.match(subscriber.frames, [{ type: 'error', payload: { code, detail: /^.+$/ } }], name)
    t.equal(subscriber.frames.length, 1, name)
    if (typeof frame !== 'string') t.equal(subscriber.frames[0]!.reply_to, '1', name)
  }
  t.equal(app.hub.size, 0)
  t.equal(await app.store.head(), 0, 'nobody was seen, nothing was sent')
})

test('a query that is not valid is 400 before the upgrade', async t => {
  const { url } = await serving(t)
  const headers = bearer(people.bob)
  for (const query of ['topic=a', 'Topics=a', 'cursor=x', 'since=a&last=b', 'topics=,', 'topics=a%20b', 'topics=a,,b', 'topics=a&topics=b', `topics=${'t'.repeat(65)}`, `since=${'c'.repeat(257)}`, 'since=a&since=b', 'topics=%00']) {
    const answer = await refusal(`${url}?${query}`, { headers })
    isProblem(t, answer, 'BLF_VALIDATION', query.slice(0, 20))
    t.ok(answer.body.errors.length > 0, 'and says which')
    isProblem(t, await refusal(`${url}?${query}`), 'BLF_VALIDATION', `${query.slice(0, 20)}, before the first message`)
  }
})

test('an upgrade that is refused for its query leaves the ticket good', async t => {
  const { app, url, connect } = await serving(t)
  const { body: { ticket } } = await call(app, people.bob, 'POST', '/api/auth/ticket')
  for (const query of [`ticket=${ticket}&topics=,`, `ticket=${ticket}&unknown=1`]) isProblem(t, await refusal(`${url}?${query}`), 'BLF_VALIDATION', query)
  isProblem(t, await refusal(`${url}?topics=,`, { protocols: ['belfry.v1', `bearer.${ticket}`] }), 'BLF_VALIDATION', 'in a subprotocol')
  t.match(await connect({}, `?ticket=${ticket}`).next(), { type: 'welcome', payload: { user: { id: 'bob' } } })
  isProblem(t, await refusal(`${url}?ticket=${ticket}`), 'BLF_UNAUTHENTICATED', 'and then it is spent')
})

test('a device that the query names stands in the lines about its socket', async t => {
  const lines: { msg: string, device?: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const { app, connect } = await serving(t, {}, { logger: { level: 'info', stream } })
  for (const [query, options] of [['?device=phone-1', { headers: bearer(people.bob) }], ['?device=tablet', {}], ['', { headers: bearer(people.bob) }]] as const) {
    const socket = connect(options, query)
    await socket.opened()
    if (query === '?device=tablet') socket.send({ type: 'auth', payload: { token: mint(people.bob) } })
    await socket.next('welcome')
  }
  await app.close()
  const devices = (text: string) => lines.filter(({ msg }) => msg === text).map(({ device }) => device)
  t.same(devices('socket opened'), ['phone-1', 'tablet', undefined])
  t.same(new Set(devices('socket closed')), new Set(['phone-1', 'tablet', undefined]))
  const other = await serving(t)
  for (const device of ['', 'a%20b', 'me', '..', 'd'.repeat(129), 'a&device=b']) {
    isProblem(t, await refusal(`${other.url}?device=${device}`, { headers: bearer(people.bob) }), 'BLF_VALIDATION', device.slice(0, 20))
  }
})
