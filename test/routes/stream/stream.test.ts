import { request } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { HandWheel } from '../../hand-wheel.ts'
import { bearer, call, hello, isProblem, people, serve, type App, type Frame } from '../../helper.ts'
import { connectStream, openStream } from '../../stream/event-stream.ts'

const { root, bob } = people
const send = async (app: App, id: string, audience: object = { all: true }, rest: object = {}) => {
  const { body } = await call(app, root, 'POST', '/api/notifications/send', { ...hello, ...rest, id, audience })
  return body.cursor as string
}
const events = (frames: Frame[]) => frames.filter(({ type }) => /^(notification|inbox)/.test(type))

test('a stream begins with its head, when to come back, a comment and a welcome', async t => {
  const { app, base, open } = await serve(t)
  const stream = await openStream(t, base, bob)
  const { statusCode, headers } = stream.response!
  t.equal(statusCode, 200)
  t.match(headers, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    connection: 'close',
    'x-content-type-options': 'nosniff',
    'content-security-policy': /default-src 'none'/
  })
  t.notOk('transfer-encoding' in headers || 'content-length' in headers, 'it ends when its connection does')
  t.match(stream.text, /^retry: [1-5]\d{3}\n\n: belfry\n\nid: \S+\nevent: welcome\ndata: \{/)
  const socket = await open(bob)
  const { connection_id: id, heartbeat_interval: interval, ...same } = stream.frames[0]!.payload
  const { connection_id: otherId, heartbeat_interval: otherInterval, ...other } = socket.frames[0]!.payload
  t.same(same, other, 'the same welcome as that of a socket')
  t.same([interval, otherInterval], [15, 25], 'but for its own heartbeat')
  t.match(id, /^[\w-]{36}$/)
  t.not(id, otherId)
  t.equal(stream.events[0]!.id, stream.frames[0]!.cursor)
  t.equal(app.countStreams(), 1)
})

test('a stream gets the events of a socket, in the same order, each with its cursor as id', async t => {
  const { app, base, open } = await serve(t)
  const [stream, filtered, socket] = [await openStream(t, base, bob), await openStream(t, base, bob, '?topics=a'), await open(bob)]
  const audiences = [{ all: true }, { companies: ['company_a'] }, { users: ['bob'] }, { roles: ['user'] }, { companies: ['company_b'] }]
  await Promise.all(Array.from({ length: 50 }, (_, n) => send(app, `n${n}`, audiences[n % audiences.length]!, { topic: n % 2 ? 'a' : 'b' })))
  await call(app, bob, 'PUT', '/api/notifications/n0/read')
  await call(app, root, 'DELETE', '/api/broadcast/n1')
  await call(app, bob, 'POST', '/api/notifications/read-all')
  await send(app, 'last', { all: true }, { topic: 'a', message: 'Zeile 1\n\nid: x\r\ndata: y 🙂' })
  for (const subscriber of [stream, filtered, socket]) while ((await subscriber.next('notification')).id !== 'last');
  const got = events(stream.frames)
  t.equal(got.length, 44)
  t.same(got, events(socket.frames))
  t.same(events(filtered.frames), got.filter(({ type, payload }) => type !== 'notification' || payload.data.topic === 'a'))
  for (const { id, event, frame } of stream.events) t.same([id, event], [frame.cursor, frame.type])
})

test('a comment comes at least every 15 seconds, whenever the stream was opened and however late the ticks are', async t => {
  const wheel = new HandWheel()
  const { base } = await serve(t, {}, { wheel })
  for (const fraction of [0, 0.01, 0.5, 0.99]) {
    wheel.stall(fraction)
    const stream = await openStream(t, base, bob)
    t.equal(stream.reader.comments, 1)
    for (let beat = 1; beat <= 5; beat++) {
      // The last tick within 15 s of the one before.
      for (let tick = 0; tick < 14; tick++) wheel.stall(1.003)
      await stream.until(() => stream.reader.comments > beat, 'a comment')
    }
    t.ok(stream.reader.comments <= 7, 'and not much more often')
    stream.close()
  }
})

test('a client that speaks HTTP/1.0 is served too', async t => {
  const { app } = await serve(t)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', chunk => { text += chunk })
  socket.write(`GET /sse/notifications HTTP/1.0\r\nAuthorization: ${bearer(bob).authorization}\r\n\r\n`)
  while (!text.includes('"welcome"')) await once(socket, 'data')
  await send(app, 'n1')
  while (!text.includes('"n1"')) await once(socket, 'data')
  t.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  t.notMatch(text, /transfer-encoding/i)
})

test('only GET opens one, and nothing but its path', async t => {
  const { app, base } = await serve(t)
  const head = request(`${base}/sse/notifications`, { method: 'HEAD', headers: bearer(bob), agent: false }).end()
  t.equal((await once(head, 'response'))[0].statusCode, 405)
  isProblem(t, await call(app, bob, 'POST', '/sse/notifications', {}), 'BLF_METHOD_NOT_ALLOWED')
  isProblem(t, await connectStream(t, base, { headers: bearer(bob), path: '/sse/other' }).refusal(), 'BLF_ROUTE_NOT_FOUND')
  t.equal(app.countStreams(), 0)
})

test('a page of another origin that is allowed reads the stream and what it is refused with', async t => {
  const { base } = await serve(t, { ALLOWED_ORIGINS: 'https://app.example' })
  const stream = await openStream(t, base, bob, '', { origin: 'https://app.example' })
  t.match(stream.response!.headers, { 'access-control-allow-origin': 'https://app.example', vary: 'Origin' })
  const refused = await connectStream(t, base, { headers: { origin: 'https://app.example' } }).refusal()
  t.match(refused, { status: 401, headers: { 'access-control-allow-origin': 'https://app.example' } })
  const preflight = await fetch(`${base}/sse/notifications`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization,last-event-id' }
  })
  t.equal(preflight.status, 204)
  t.match(preflight.headers.get('access-control-allow-headers'), /authorization.*last-event-id/)
})
