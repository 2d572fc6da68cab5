import { once } from 'node:events'
import { test } from 'tap'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, build, call, hello, isProblem, listen, mint, people, serve, type App, type Frame } from '../../helper.ts'
import { holdReplay } from '../held-replay.ts'
import { bearing, enrol, login } from '../../security/accounts.ts'
import { connectStream, openStream, type StreamSubscriber } from '../../stream/event-stream.ts'
import { until } from '../../within.ts'

const { root, bob, carol } = people
const send = (app: App, id: string, audience: object = { all: true }) => call(app, root, 'POST', '/api/notifications/send', { ...hello, id, audience })
/** Sends many at once, each as large as can be. */
const flood = async (app: App, from: number, audience: object = { all: true }) => {
  const items = Array.from({ length: 40 }, (_, index) => ({ ...hello, id: `n${from + index}`, audience, message: 'm'.repeat(4000), data: { more: 'd'.repeat(8000) } }))
  const { status, body } = await call(app, root, 'POST', '/api/notifications/batch', { items })
  if (status !== 200 || body.items.some(({ cursor }: { cursor?: string }) => cursor === undefined)) throw new Error(`not sent: ${status}`)
  return from + items.length
}
const ids = (frames: Frame[]) => frames.filter(({ type }) => type === 'notification').map(({ id }) => id)

/** How a stream ended: by its last event, which has no id. */
async function endOf (stream: StreamSubscriber): Promise<unknown> {
  const how = await stream.closed
  const { id, event, frame } = stream.events.at(-1)!
  return { how, id, event, ...frame.payload }
}
const closedWith = (code: number, reason: string, reconnect: string) => ({ how: 'ended', id: undefined, event: 'close', code, reason, reconnect })
const RESTART = closedWith(1012, 'restart', 'yes')
const NO_CREDENTIALS = closedWith(4401, 'credentials missing, expired or revoked', 'token')

test('a drain ends streams with 1012, and a node that drains opens none', async t => {
  const { app, base } = await serve(t)
  const streams = [await openStream(t, base, bob), await openStream(t, base, carol)]
  const { promise: isAsked, resolve } = Promise.withResolvers<void>()
  const { promise: mayTake, resolve: letTake } = Promise.withResolvers<void>()
  const { seats } = app.limits
  const take = seats.take.bind(seats)
  seats.take = async who => {
    resolve()
    await mayTake
    return await take(who)
  }
  const late = connectStream(t, base, { headers: bearer(bob) })
  await isAsked
  const closed = app.close()
  for (const stream of streams) t.same(await endOf(stream), RESTART)
  letTake()
  t.same(await endOf(late), RESTART, 'one whose credentials were being checked')
  await closed
})

test('before its token expires a stream is told, then it ends with 4401', async t => {
  const wheel = new HandWheel()
  const { app, base } = await serve(t, {}, { wheel })
  const exp = Math.floor(Date.now() / 1000) + 150
  const stream = connectStream(t, base, { headers: bearing(mint(bob, { exp })) })
  await stream.next('welcome')
  wheel.pass(60)
  await stream.until(() => stream.reader.comments > 4, 'comments')
  t.equal(stream.events.length, 1, 'not yet')
  wheel.pass(31)
  const warning = await stream.next('token.expiring')
  t.same(warning, { type: 'token.expiring', payload: { expires_at: new Date(exp * 1000).toISOString() } })
  t.equal(stream.events.at(-1)!.id, undefined)
  await send(app, 'n1')
  t.match(await stream.next('notification'), { id: 'n1' }, 'until then it is a stream like any other')
  wheel.pass(61)
  t.same(await endOf(stream), NO_CREDENTIALS)
  t.equal(app.hub.size, 0)
  const back = await openStream(t, base, bob, '', { 'last-event-id': stream.events.findLast(({ id }) => id)!.id! })
  t.match(await back.next('caught_up'), { payload: { count: 0 } })
})

test('streams of a session that ends, and of a user who is removed, end with 4401', async t => {
  const { app, base } = await serve(t)
  await enrol(app, { id: 'frank' })
  const { access_token: token } = await login(app, 'frank')
  const { body: { ticket } } = await call(app, null, 'POST', '/api/auth/ticket', undefined, bearing(token))
  const streams = [connectStream(t, base, { headers: bearing(token) }), connectStream(t, base, { path: `/sse/notifications?ticket=${ticket}` })]
  for (const stream of streams) await stream.next('welcome')
  const other = await openStream(t, base, bob)
  await send(app, 'n1')
  await call(app, null, 'POST', '/api/auth/logout', undefined, bearing(token))
  for (const stream of streams) {
    t.same(await endOf(stream), NO_CREDENTIALS)
    t.same(ids(stream.frames), ['n1'], 'what was sent before has come')
  }
  await call(app, root, 'DELETE', '/api/users/bob')
  t.same(await endOf(other), NO_CREDENTIALS)
})

test('a user who is moved has another audience at once', async t => {
  const { app, base } = await serve(t)
  const stream = await openStream(t, base, bob)
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  await send(app, 'a', { companies: ['company_a'] })
  await send(app, 'b', { companies: ['company_b'] })
  t.match(await stream.next('notification'), { id: 'b' })
})

test('a slow reader ends with 1013 and resumes without loss, and nobody else is disturbed', async t => {
  const { app, base, open } = await serve(t)
  const [stream, other, socket] = [await openStream(t, base, bob), await openStream(t, base, carol), await open(carol)]
  stream.response!.pause()
  let count = 0
  while (app.hub.connectionsOf('u:bob').length > 0) count = await flood(app, count)
  stream.response!.resume()
  t.same(await endOf(stream), closedWith(1013, 'overload', 'yes'))
  const last = stream.events.findLast(({ id }) => id)!.id!
  const back = await openStream(t, base, bob, '', { 'last-event-id': last })
  await back.until(() => ids(back.frames).includes(`n${count - 1}`), 'the last')
  const all = Array.from({ length: count }, (_, index) => `n${index}`)
  t.same([...ids(stream.frames), ...ids(back.frames)], all)
  await other.until(() => ids(other.frames).length >= count, 'everything')
  t.same(ids(other.frames), all)
  t.same(ids(await socket.settled()), all)
})

test('a reader that never reads again is cut, by the close or by the heartbeat', async t => {
  const wheel = new HandWheel()
  const { app, base } = await serve(t, { MAX_SOCKET_BUFFER: '16777216' }, { wheel })
  const [stalled, forgotten] = [await openStream(t, base, bob), await openStream(t, base, carol)]
  for (const stream of [stalled, forgotten]) stream.response!.pause()
  // Until the system takes no more for either, and less than makes them slow.
  const waiting = () => ['u:bob', 'u:carol'].every(subject => app.hub.connectionsOf(subject)[0]!.wire.unsent > 0)
  for (let count = 0; !waiting();) count = await flood(app, count, { users: ['bob', 'carol'] })
  wheel.pass(45)
  await until('the hub to forget them', () => app.countStreams() === 0)
  t.pass()
})

test('a reader that is gone frees its place', async t => {
  const { app, base } = await serve(t)
  const [one, two] = [await openStream(t, base, bob), await openStream(t, base, bob)]
  one.close()
  await until('the hub to forget it', () => app.countStreams() === 1)
  two.request.socket!.resetAndDestroy()
  await until('the hub to forget it', () => app.countStreams() === 0)
  await send(app, 'n1')
  t.equal(app.hub.size, 0)
})

test('faults of the server are 1011, never a call for a new token', async t => {
  const app = await build(t)
  const base = await listen(app)
  await call(app, bob, 'GET', '/api/auth/me')
  app.store.unread = async () => { throw new Error('SELECT secret') }
  const stream = connectStream(t, base, { headers: bearer(bob) })
  t.same(await endOf(stream), closedWith(1011, 'internal error', 'yes'))
  t.equal(stream.events.length, 1)
  app.limits.seats.take = async () => { throw new Error('SELECT secret') }
  isProblem(t, await connectStream(t, base, { headers: bearer(bob) }).refusal(), 'BLF_INTERNAL')
})

test('a stream that is closed while it catches up does not come alive', async t => {
  const { app, base, open } = await serve(t)
  const first = await openStream(t, base, bob)
  const begin = first.events[0]!.id!
  const other = await open(carol)
  // A move is what memory does not replay over.
  await call(app, root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  await send(app, 'n1')
  const { isReading, letRead } = holdReplay(app)
  const back = await openStream(t, base, { ...bob, company: 'company_b' }, `?since=${begin}`)
  await isReading
  app.hub.connectionsOf('u:bob').at(-1)!.close(1012)
  letRead()
  t.same(await endOf(back), RESTART)
  await send(app, 'n2')
  while ((await other.next('notification')).id !== 'n2');
  t.same(ids(back.frames), [])
  first.close()
  await once(first.request, 'close')
})
