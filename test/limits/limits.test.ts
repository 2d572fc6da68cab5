import { once } from 'node:events'
import process from 'node:process'
import { test } from 'tap'
import type { Counters } from '../../src/limits/counters.ts'
import { MemoryCounters } from '../../src/limits/memory.ts'
import { addressGroup } from '../../src/limits/address-group.ts'
import { verifyPassword } from '../../src/identity/password.ts'
import { HandWheel } from '../hand-wheel.ts'
import { build, call, hello, isProblem, listen, mint, people, refusal, subscribe, Subscriber } from '../helper.ts'
import { as, bearing, enrol, PASSWORD } from '../security/accounts.ts'

/** Counters on a clock that a test moves. */
function clocked () {
  let now = 0
  return { counters: new MemoryCounters({ now: () => now }), move: (ms: number) => { now += ms } }
}

test('requests a minute, each principal for itself', async t => {
  const { counters, move } = clocked()
  const app = await build(t, { RATE_LIMIT: '3' }, { counters })
  const me = () => call(app, people.bob, 'GET', '/api/auth/me')
  for (let request = 0; request < 3; request++) t.equal((await me()).status, 200)
  move(20_500)
  const refused = await me()
  isProblem(t, refused, 'BLF_RATE_LIMITED')
  t.equal(refused.headers['retry-after'], '40')
  t.equal((await as(app, mint(people.bob, { jti: 'another token' }), 'GET', '/api/auth/me')).status, 429, 'a new token is no new principal')
  t.equal((await call(app, people.carol, 'GET', '/api/auth/me')).status, 200)
  t.equal((await call(app, null, 'GET', '/healthz')).status, 200)
  move(39_500)
  t.equal((await me()).status, 200)
})

test('requests with bad credentials are counted by address', async t => {
  const app = await build(t, { RATE_LIMIT: '3' })
  const bad = () => as(app, 'rubbish', 'GET', '/api/auth/me')
  for (let request = 0; request < 3; request++) t.equal((await bad()).status, 401)
  t.equal((await bad()).status, 429)
  t.equal((await call(app, null, 'POST', '/api/auth/refresh', { refresh_token: 'rubbish' })).status, 429)
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200, 'good ones from there pass')
})

test('verbs of a socket count as requests', async t => {
  const app = await build(t, { RATE_LIMIT: '4' })
  const base = await listen(app)
  const socket = await subscribe(t, base, people.root)
  for (let id = 1; id <= 3; id++) t.match(await socket.ask({ id: String(id), type: 'send', payload: hello }), { type: 'ok' })
  t.match(await socket.ask({ id: '4', type: 'send', payload: hello }), { type: 'error', payload: { code: 'BLF_RATE_LIMITED', detail: /come back in \d+ s/ } })
  t.match(await socket.ask({ id: '5', type: 'read_all' }), { type: 'error', payload: { code: 'BLF_RATE_LIMITED' } })
  t.match(await socket.ask({ id: '6', type: 'ping' }), { type: 'pong' })
  t.equal((await call(app, people.root, 'GET', '/api/auth/me')).status, 429)
  t.equal((await refusal(`${base}/ws/notifications`, { headers: bearing(mint(people.root)) })).status, 429)
})

test('logins a minute, by address and by username, known or not', async t => {
  const { counters, move } = clocked()
  const app = await build(t, { LOGIN_RATE_LIMIT: '3', TRUST_PROXY: '127.0.0.1' }, { counters })
  await enrol(app, { id: 'bob' })
  const from = (address: string, username: string, password = 'wrong') => {
    return call(app, null, 'POST', '/api/auth/login', { username, password }, { 'x-forwarded-for': address })
  }
  for (const username of ['bob', 'nobody']) {
    const statuses = []
    for (let host = 1; host <= 4; host++) statuses.push((await from(`192.0.2.${host}`, username)).status)
    t.same(statuses, [401, 401, 401, 429], `${username}: by username, from wherever`)
  }
  const locked = await from('192.0.2.9', 'bob', PASSWORD)
  isProblem(t, locked, 'BLF_RATE_LIMITED')
  t.match(locked.headers['retry-after'], /^\d+$/)
  const known = await from('192.0.2.20', 'bob', PASSWORD)
  const unknown = await from('192.0.2.21', 'nobody', PASSWORD)
  const { request_id: one, ...sameAs } = known.body
  const { request_id: other, ...that } = unknown.body
  t.same(sameAs, that, 'the answer does not say whether there is such a user')

  move(60_000)
  const statuses = []
  for (let user = 1; user <= 4; user++) statuses.push((await from('2001:db8:1:2::' + user, `user-${user}`)).status)
  t.same(statuses, [401, 401, 401, 429], 'by address, of which an IPv6 host has many')
  t.equal((await from('2001:db8:1:3::1', 'bob', PASSWORD)).status, 200)
})

test('an unknown user takes as long as a wrong password', async t => {
  const app = await build(t)
  await enrol(app, { id: 'bob' })
  const time = async (username: string) => {
    const start = process.cpuUsage().user
    const answer = await call(app, null, 'POST', '/api/auth/login', { username, password: 'wrong' })
    t.match(answer, { status: 401, body: { code: 'BLF_BAD_CREDENTIALS' } })
    return process.cpuUsage().user - start
  }
  await time('bob')
  const known = []
  const unknown = []
  for (let round = 0; round < 5; round++) {
    known.push(await time('bob'))
    unknown.push(await time('nobody'))
  }
  // By CPU, which a hash takes a lot of, whatever else this machine does.
  t.ok(Math.min(...unknown) > Math.min(...known) / 3, `${Math.min(...unknown)} µs and ${Math.min(...known)} µs`)
})

test('passwords to check queue up only so far', async t => {
  // As few rounds as there can be: only how many there are matters.
  const phc = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const outcomes = await Promise.all(Array.from({ length: 120 }, () => verifyPassword('wrong', phc).catch(error => error.code)))
  t.same(new Set(outcomes), new Set([false, 'BLF_UNAVAILABLE']))
  t.equal(outcomes.filter(outcome => outcome === false).length, 100)
  t.equal(await verifyPassword('wrong', phc), false)
})

test('guesses at their own password count as logins', async t => {
  const app = await build(t, { LOGIN_RATE_LIMIT: '2' })
  await enrol(app, { id: 'bob' })
  const guess = () => call(app, { sub: 'bob' }, 'PATCH', '/api/users/me', { current_password: 'guess', password: 'long enough' })
  t.same([(await guess()).status, (await guess()).status, (await guess()).status], [403, 403, 429])
})

test('counters that fail let everybody pass', async t => {
  const counters: Counters = { hit: async () => { throw new Error('unreachable') }, refund: async () => { throw new Error('unreachable') } }
  const app = await build(t, { RATE_LIMIT: '1' }, { counters })
  for (let request = 0; request < 3; request++) t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
})

test('counters hold so many windows, the longest unused go', async t => {
  const counters = new MemoryCounters({ capacity: 3 })
  for (const key of ['a', 'b', 'c', 'd', 'b', 'e', 'f']) await counters.hit(key, 1000)
  t.equal((await counters.hit('b', 1000)).count, 3)
  t.equal((await counters.hit('a', 1000)).count, 1)
})

test('what is one address', async t => {
  t.equal(addressGroup('192.0.2.7'), '192.0.2.7')
  t.equal(addressGroup('::ffff:192.0.2.7'), '192.0.2.7')
  t.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.equal(addressGroup('2001:db8:1:2::6'), '2001:db8:1:2')
  t.equal(addressGroup('2001:db8::6'), '2001:db8:0:0')
  t.equal(addressGroup('::1'), '0:0:0:0')
  t.equal(addressGroup('fe80::1%eth0'), 'fe80:0:0:0')
})

test('sockets of one user: so many, then 429 before the upgrade', async t => {
  const app = await build(t, { MAX_CONNECTIONS_PER_USER: '2' })
  const base = await listen(app)
  const url = `${base}/ws/notifications`
  const first = await subscribe(t, base, people.bob)
  await subscribe(t, base, people.bob)
  t.match(await refusal(url, { headers: bearing(mint(people.bob)) }), { status: 429, body: { code: 'BLF_TOO_MANY_SOCKETS' } })
  // A browser hides that, and its client asks without an upgrade, which takes no place.
  const asks = async (who: { sub: string } | null) => await call(app, who, 'GET', '/ws/notifications')
  const told = await asks(people.bob)
  isProblem(t, told, 'BLF_TOO_MANY_SOCKETS')
  t.equal(told.headers['retry-after'], '1')
  for (let turn = 0; turn < 3; turn++) isProblem(t, await asks(people.carol), 'BLF_UPGRADE_REQUIRED')
  isProblem(t, await asks(null), 'BLF_UPGRADE_REQUIRED')
  isProblem(t, await call(app, null, 'GET', '/ws/notifications', undefined, bearing('a.b.c')), 'BLF_UNAUTHENTICATED')
  await subscribe(t, base, people.carol)

  // One that says only after the upgrade whose it is.
  const late = new Subscriber(url)
  t.teardown(() => late.close())
  late.socket.once('open', () => late.send({ id: '1', type: 'auth', payload: { token: mint(people.bob) } }))
  t.match(await late.next('error'), { payload: { code: 'BLF_TOO_MANY_SOCKETS', retry_after: 1 } })
  t.equal((await late.closed).code, 1013)

  const left = once(app.websocketServer.clients.values().next().value!, 'close')
  first.close()
  await left
  await subscribe(t, base, people.bob)
})

test('sockets of a node: so many, then 503; only a few that have not authenticated', async t => {
  const wheel = new HandWheel()
  const app = await build(t, { MAX_CONNECTIONS: '11' }, { wheel })
  const base = await listen(app)
  const url = `${base}/ws/notifications`
  const silent = [new Subscriber(url), new Subscriber(url)]
  for (const { socket } of silent) {
    t.teardown(() => socket.terminate())
    await once(socket, 'open')
  }
  t.match(await refusal(url), { status: 503, body: { code: 'BLF_UNAVAILABLE' } }, 'two of eleven')
  wheel.pass(5)
  for (const { closed } of silent) t.match(await closed, { code: 4408 })

  const sockets = []
  for (let user = 0; user < 11; user++) sockets.push(await subscribe(t, base, { sub: `user-${user}` }))
  t.match(await refusal(url, { headers: bearing(mint(people.bob)) }), { status: 503, body: { code: 'BLF_UNAVAILABLE' } })
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
  t.match(await call(app, people.bob, 'GET', '/ws/notifications'), { status: 503, headers: { 'retry-after': /^\d+$/ } })
})

test('a flood of frames is closed, 4429; the server lives', async t => {
  const app = await build(t, { RATE_LIMIT: '1000' })
  const base = await listen(app)
  const flood = await subscribe(t, base, people.bob)
  for (let frame = 0; frame <= 1000; frame++) flood.send({ type: 'ping' })
  t.match(await flood.closed, { code: 4429, reason: 'too many frames' })
  const pings = await subscribe(t, base, people.carol)
  for (let frame = 0; frame <= 1000; frame++) pings.socket.ping()
  t.match(await pings.closed, { code: 4429, reason: 'too many frames' })
  t.equal((await (await subscribe(t, base, people.bob)).settled()).length, 1)
})
