import { test, type Test } from 'tap'
import type { Overview } from '../../../schemas/overview.ts'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, call, hello, isProblem, mint, people, serve, type App } from '../../helper.ts'
import { bearing, enrol, login, makeKey } from '../../security/accounts.ts'
import { connectStream, type StreamSubscriber } from '../../stream/event-stream.ts'
import { until } from '../../within.ts'

const { root, alice, bob } = people
const PATH = '/sse/overview'

/** Opens a stream of overviews and waits for the first one. */
async function watch (t: Test, base: string, headers: Record<string, string>, path = PATH): Promise<StreamSubscriber> {
  const stream = connectStream(t, base, { headers, path })
  await stream.next('overview')
  return stream
}

const isOver = async (t: Test, stream: StreamSubscriber, code: number, reconnect: string, about: string) => {
  t.match(await stream.next('close'), { payload: { code, reconnect } }, about)
  t.equal(await stream.closed, 'ended', about)
}

async function makeAdmin (app: App, username: string): Promise<{ id: string, token: string }> {
  await enrol(app, { id: username, role: 'admin' })
  const { access_token: token } = await login(app, username)
  return { id: username, token }
}

test('an overview says what there is', async t => {
  const { app, open } = await serve(t)
  await open(bob)
  for (let index = 0; index < 3; index++) await call(app, root, 'POST', '/api/notifications/send', { ...hello, audience: { companies: ['company_a'] } })
  const first = (await call(app, root, 'GET', '/api/overview')).body as Overview
  t.match(first, {
    version: /^\d/, users: 2, notifications: 3, log: { head: app.tail.seq, floor: 0 }, store: { engine: 'sqlite', commit_ms_p99: Number }, bus: 'none', degraded: [], rates: { slow_closes: 0 }
  })
  t.match(first.nodes, [{ id: /^[\w.-]+\.[0-9a-f]{6}$/, started_at: first.started_at, sockets: 1, streams: 0, lag_ms: Number, loop_ms_p99: Number }])
  t.ok(first.nodes[0]!.flush_ms_p99! > 0 && first.store.bytes! > 10_000)
  await call(app, root, 'POST', '/api/notifications/send', { ...hello, audience: { all: true } })
  await until('the new one', async () => (await call(app, root, 'GET', '/api/overview')).body.notifications === 4)
})

test('a stream sends one overview a second, however many sockets and sends there are', async t => {
  const { app, base, open } = await serve(t)
  for (let index = 0; index < 10; index++) await open(bob)
  const started = performance.now()
  const stream = await watch(t, base, bearer(root))
  for (let index = 0; index < 20; index++) await call(app, root, 'POST', '/api/notifications/send', { ...hello, audience: { all: true } })
  const { payload } = await stream.next('overview')
  t.match(payload, { nodes: [{ sockets: 10, streams: 0 }], notifications: 20 })
  t.ok(payload.rates.sends > 5 && payload.rates.deliveries > 50, JSON.stringify(payload.rates))
  t.ok(stream.events.length <= 1 + (performance.now() - started) / 1000)
  t.ok(stream.events.every(({ id, event }) => id === undefined && event === 'overview'))
  t.equal(stream.reader.retries.length, 1)
  const { headers } = stream.response!
  t.match(headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' })
})

test('who may not see it is refused, and a foreign page too', async t => {
  const { app, base } = await serve(t)
  const refusal = (headers: Record<string, string>, path = PATH) => connectStream(t, base, { headers, path }).refusal()
  for (const person of [alice, bob]) isProblem(t, await refusal(bearer(person)), 'BLF_FORBIDDEN', person.sub)
  isProblem(t, await refusal({}), 'BLF_UNAUTHENTICATED')
  isProblem(t, await refusal(bearing(await makeKey(app, 'backend', ['send:all']))), 'BLF_FORBIDDEN')
  isProblem(t, await refusal({ ...bearer(root), origin: 'https://evil.example' }), 'BLF_FORBIDDEN_ORIGIN')
  isProblem(t, await refusal({ ...bearer(root), 'transfer-encoding': 'chunked' }), 'BLF_BAD_REQUEST')
  isProblem(t, await refusal(bearer(root), `${PATH}?since=1`), 'BLF_VALIDATION')
  const { body: { ticket } } = await call(app, root, 'POST', '/api/auth/ticket')
  await watch(t, base, {}, `${PATH}?ticket=${ticket}`)
  const { body: { ticket: other } } = await call(app, bob, 'POST', '/api/auth/ticket')
  isProblem(t, await refusal({}, `${PATH}?ticket=${other}`), 'BLF_FORBIDDEN', 'the ticket of somebody who may not')
})

test('a stream ends when the right or the credentials end', async t => {
  const { app, base } = await serve(t)
  const admins = await Promise.all(['one', 'two', 'three'].map(name => makeAdmin(app, name)))
  const [demoted, left, moved] = await Promise.all(admins.map(({ token }) => watch(t, base, bearing(token)))) as [StreamSubscriber, StreamSubscriber, StreamSubscriber]
  const key = (await call(app, root, 'POST', '/api/keys', { name: 'monitor', scopes: ['metrics:read'] })).body
  const monitor = await watch(t, base, bearing(key.key))
  const stays = await watch(t, base, bearer(root))
  await call(app, root, 'PATCH', `/api/users/${admins[0]!.id}`, { role: 'user' })
  await isOver(t, demoted, 4403, 'no', 'no admin any more')
  await app.inject({ method: 'POST', url: '/api/auth/logout', headers: bearing(admins[1]!.token) })
  await isOver(t, left, 4401, 'token', 'logged out')
  await call(app, root, 'PATCH', `/api/users/${admins[2]!.id}`, { company: 'company_a' })
  await isOver(t, moved, 4403, 'no', 'a company admin now')
  await call(app, root, 'DELETE', `/api/keys/${key.id}`)
  await isOver(t, monitor, 4401, 'token', 'a revoked key')
  await stays.next('overview')
})

test('its token expires as on every stream, its seat is given back, and a shutdown says so', async t => {
  const wheel = new HandWheel()
  const { app, base } = await serve(t, { MAX_CONNECTIONS_PER_USER: '1' }, { wheel })
  const short = connectStream(t, base, { headers: bearing(mint(root, { exp: Math.floor(Date.now() / 1000) + 100 })), path: PATH })
  await short.next('overview')
  isProblem(t, await connectStream(t, base, { headers: bearer(root), path: PATH }).refusal(), 'BLF_TOO_MANY_SOCKETS')
  wheel.pass(45)
  t.match(await short.next('token.expiring'), { payload: { expires_at: String } })
  wheel.leap(60)
  await isOver(t, short, 4401, 'token', 'expired')
  const stream = await watch(t, base, bearer(root))
  const closing = app.close()
  await isOver(t, stream, 1012, 'yes', 'the node shuts down')
  await closing
})
