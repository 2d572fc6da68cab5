import { once } from 'node:events'
import { test } from 'tap'
import { MemoryCounters } from '../../src/limits/memory.ts'
import { build, call, clock, hello, isProblem, listen, mint, people, refusal, Subscriber, type App } from '../helper.ts'
import { as, bearing, enrol, login, makeKey } from '../security/accounts.ts'

/** How often the store is asked for something from now on. */
function counting (app: App, name: 'redeemTicket' | 'keyByHash' | 'isSessionOpen' | 'refresh' | 'ping' | 'applyClaims'): () => number {
  const ask = app.store[name] as (...args: unknown[]) => Promise<unknown>
  let asked = 0
  app.store[name] = (async (...args: unknown[]) => {
    asked += 1
    return await ask(...args)
  }) as never
  return () => asked
}

/** The statuses of requests made one after the other. */
async function statuses (times: number, request: (n: number) => Promise<{ status: number }>): Promise<number[]> {
  const all = []
  for (let n = 0; n < times; n++) all.push((await request(n)).status)
  return all
}

const THREE = [401, 401, 401, 429, 429]

test('what costs a read or a write is counted before it, and the store is asked no more', async t => {
  const url = (base: string, ticket: string) => `${base}/ws/notifications?ticket=${ticket}`

  t.test('tickets', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    const base = await listen(app)
    const asked = counting(app, 'redeemTicket')
    t.same(await statuses(5, n => refusal(url(base, `no-ticket-${n}`))), THREE)
    t.equal(asked(), 3)
  })

  t.test('keys', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    const key = await makeKey(app, 'k', ['send:all'])
    t.equal((await as(app, key, 'GET', '/api/auth/me')).status, 200)
    const asked = counting(app, 'keyByHash')
    t.same(await statuses(5, n => as(app, `blf_${'A'.repeat(42)}${n}`, 'GET', '/api/auth/me')), THREE)
    t.equal(asked(), 3)
    t.equal((await as(app, key, 'GET', '/api/auth/me')).status, 200, 'a key that is known passes')
  })

  t.test('tokens of sessions that have ended', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    for (const id of ['bob', 'carol']) await enrol(app, { id })
    const [old, now, other] = [await login(app, 'bob'), await login(app, 'bob'), await login(app, 'carol')]
    await as(app, old.access_token, 'POST', '/api/auth/logout')
    const asked = counting(app, 'isSessionOpen')
    t.same(await statuses(5, () => as(app, old.access_token, 'GET', '/api/auth/me')), THREE)
    t.equal(asked(), 3)
    t.equal((await as(app, other.access_token, 'GET', '/api/auth/me')).status, 200, 'others from there pass')
    t.same(await statuses(4, () => as(app, now.access_token, 'GET', '/api/auth/me')), [429, 429, 429, 429], 'the same user from there has to wait')
  })

  t.test('refresh tokens', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    const asked = counting(app, 'refresh')
    t.same(await statuses(5, n => call(app, null, 'POST', '/api/auth/refresh', { refresh_token: `none-${n}` })), THREE)
    t.equal(asked(), 3)
  })

  t.test('news of users', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    const asked = counting(app, 'applyClaims')
    const second = Math.floor(Date.now() / 1000) - 10
    // Each newer than the one before: an older token's statement is not written.
    const news = (n: number) => as(app, mint({ ...people.bob, company: `company_${n}` }, { iat: second + n }), 'GET', '/api/auth/me')
    t.same(await statuses(5, news), [200, 200, 200, 429, 429])
    t.equal(asked(), 3)
  })

  t.test('readyz', async t => {
    const app = await build(t)
    const asked = counting(app, 'ping')
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(app, null, 'GET', '/readyz')))
    t.ok(answers.every(({ status }) => status === 200))
    t.equal(asked(), 1)
  })
})

test('what turns out to be good is given back', async t => {
  t.test('refreshes', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    await enrol(app, { id: 'bob' })
    let session = await login(app, 'bob')
    for (let round = 0; round < 6; round++) {
      const { status, body } = await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: session.refresh_token })
      t.equal(status, 200)
      session = body
    }
  })

  t.test('logins of an office behind one address; one account not for ever', async t => {
    const app = await build(t, { LOGIN_RATE_LIMIT: '3' })
    for (let user = 0; user < 8; user++) await enrol(app, { id: `user-${user}` })
    for (let user = 0; user < 8; user++) await login(app, `user-${user}`)
    const attempt = (username: string) => call(app, null, 'POST', '/api/auth/login', { username, password: 'wrong' })
    t.same(await statuses(4, n => attempt(`nobody-${n}`)), [401, 401, 401, 429])
    const again = await build(t, { LOGIN_RATE_LIMIT: '3' })
    await enrol(again, { id: 'bob' })
    for (let time = 0; time < 3; time++) await login(again, 'bob')
    await t.rejects(login(again, 'bob'), /429/)
  })

  t.test('sockets that say after the upgrade who they are', async t => {
    const app = await build(t, { RATE_LIMIT: '3' })
    const base = await listen(app)
    for (let user = 0; user < 5; user++) {
      const socket = new Subscriber(`${base}/ws/notifications`)
      t.teardown(() => socket.close())
      socket.socket.once('open', () => socket.send({ type: 'auth', payload: { token: mint({ sub: `user-${user}` }) } }))
      t.match(await socket.next(), { type: 'welcome' })
    }
    for (let silent = 0; silent < 3; silent++) {
      const socket = new Subscriber(`${base}/ws/notifications`)
      t.teardown(() => socket.close())
      await once(socket.socket, 'open')
    }
    t.equal((await refusal(`${base}/ws/notifications`)).status, 429)
  })
})

test('API keys have a pace of their own, each key perhaps a lower one; answers say which limit', async t => {
  const app = await build(t, { RATE_LIMIT: '1', KEY_RATE_LIMIT: '3' })
  const send = async (key: string) => await as(app, key, 'POST', '/api/notifications/send', hello)
  const key = await makeKey(app, 'k', ['send:all'])
  const { status, headers } = await send(key)
  t.match({ status, headers }, { status: 200, headers: { 'ratelimit-policy': '"key";q=3;w=60', ratelimit: /^"key";r=2;t=(60|59)$/ } })
  t.same(await statuses(2, () => send(key)), [200, 200])
  const head = await app.store.head()
  const refused = await send(key)
  isProblem(t, refused, 'BLF_RATE_LIMITED')
  t.match(refused, { body: { detail: /^Too many requests of this API key: 3 a minute/ }, headers: { 'ratelimit-policy': '"key";q=3;w=60', ratelimit: /^"key";r=0;t=\d+$/ } })
  t.equal(await app.store.head(), head, 'nothing was stored')

  const { body } = await call(app, people.root, 'POST', '/api/keys', { name: 'slow', scopes: ['send:all'], rate_limit: 2 })
  t.same(await statuses(3, () => send(body.key)), [200, 200, 429])
  t.match((await send(body.key)).headers, { 'ratelimit-policy': '"key";q=2;w=60' })
  const user = await call(app, people.root, 'GET', '/api/auth/me')
  t.match(user, { status: 429, body: { detail: /of this user: 1 a minute/ }, headers: { 'ratelimit-policy': '"user";q=1;w=60' } })
  t.match((await as(app, 'rubbish', 'GET', '/api/auth/me')).status, 401)
  t.match(await as(app, 'rubbish', 'GET', '/api/auth/me'), { status: 429, headers: { 'ratelimit-policy': '"address";q=1;w=60' } })
})

test('a clock that is set back locks nobody out', async t => {
  const { forward } = clock(t)
  const counters = new MemoryCounters()
  await counters.hit('a', 60_000)
  forward(-3_600_000)
  t.ok((await counters.hit('a', 60_000)).leftMs <= 60_000)
})

test('a socket that leaves while it is claimed counts neither twice nor for ever', async t => {
  const app = await build(t, { MAX_CONNECTIONS_PER_USER: '1', MAX_CONNECTIONS: '10' })
  const { seats } = app.limits
  const seat = await seats.take({ address: '192.0.2.1' })
  seat.leave()
  await seat.claim('u:bob')
  seat.leave()
  const bob = await seats.take({ subject: 'u:bob' })
  await t.rejects(seats.take({ subject: 'u:bob' }), { code: 'BLF_TOO_MANY_SOCKETS' })
  bob.leave()
  await seats.take({ address: '192.0.2.1' })
  await t.rejects(seats.take({ address: '192.0.2.2' }), { code: 'BLF_UNAVAILABLE' }, 'one in ten may be without credentials')
})

test('a bad token on a live socket counts for its address', async t => {
  const app = await build(t, { RATE_LIMIT: '3' })
  const base = await listen(app)
  const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearing(mint(people.bob)) })
  t.teardown(() => socket.close())
  await socket.next('welcome')
  const renew = (id: string) => socket.ask({ id, type: 'auth', payload: { token: 'rubbish' } })
  const codes = []
  for (const id of ['1', '2', '3', '4']) codes.push((await renew(id)).payload.code)
  t.same(codes, ['BLF_UNAUTHENTICATED', 'BLF_UNAUTHENTICATED', 'BLF_UNAUTHENTICATED', 'BLF_RATE_LIMITED'])
})

test('a token is renewed when the requests of a minute are used up, and only so often', async t => {
  const app = await build(t, { RATE_LIMIT: '2', MAX_CONNECTIONS_PER_USER: '2' })
  const base = await listen(app)
  const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearing(mint(people.bob)) })
  t.teardown(() => socket.close())
  await socket.next('welcome')
  const mark = (id: string) => socket.ask({ id, type: 'read_all' })
  await mark('1')
  const refused = await mark('2')
  t.match(refused, { type: 'error', payload: { code: 'BLF_RATE_LIMITED', retry_after: Number } })
  t.ok(refused.payload.retry_after >= 1 && refused.payload.retry_after <= 60)
  const answers = []
  for (const id of ['3', '4', '5', '6', '7']) answers.push((await socket.ask({ id, type: 'auth', payload: { token: mint(people.bob) } })).type)
  t.same(answers, ['ok', 'ok', 'ok', 'ok', 'error'])
})

test('no window is longer than it was begun with, whatever sums are rounded to', async t => {
  const starts = Array.from({ length: 1_000 }, (_, n) => 10_000 + n * 1.1)
  for (const start of starts) {
    const { leftMs } = await new MemoryCounters({ now: () => start }).hit('a', 60_000)
    if (leftMs > 60_000) t.fail(`${leftMs} ms from ${start} on`)
  }
})
