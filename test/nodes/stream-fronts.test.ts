import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import tap, { type Test } from 'tap'
import { bearer, build, call, hello, listen, people, Subscriber, type App } from '../helper.ts'
import { configOf } from '../docs/running.ts'
import { ask } from '../services/asking.ts'
import { front, fronts, hasFront, type FrontName } from '../services/front.ts'
import { eventually, freePort } from '../services/process.ts'
import { connectStream, EventReader } from '../stream/event-stream.ts'
import { until } from '../within.ts'

// A proxy may have to be installed first.
tap.setTimeout(300_000)

/** How each of them is told to compress, as the page says it is to be done beside streams. */
const compressing: Record<FrontName, (config: string) => string> = {
  caddy: config => config.replace('{\n', '{\n  @other not path /sse/*\n  encode @other zstd gzip\n'),
  nginx: config => config.replace('server {\n', 'gzip on;\ngzip_proxied any;\ngzip_min_length 1;\ngzip_types application/json application/problem+json;\nserver {\n'),
  haproxy: config => config.replace('  mode http\n', '  mode http\n  compression algo gzip\n  compression type application/json application/problem+json text/event-stream\n'),
  apache: config => config
}

async function before (t: Test, name: FrontName, config = configOf(name)): Promise<{ app: App, base: string }> {
  const app = await build(t, { TRUST_PROXY: '127.0.0.1' })
  await listen(app)
  const node = (app.server.address() as AddressInfo).port
  const port = await freePort()
  await front(t, name, config, [node, node], port)
  const base = `https://127.0.0.1:${port}`
  await eventually(async () => { if ((await ask(`${base}/readyz`)).status !== 200) throw new Error('not ready') })
  return { app, base }
}

const send = (app: App, id: string) => call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id })

/** A stream over HTTP/2: what it has read, and how it is ended. */
function connectByHttp2 (t: Test, base: string) {
  const session = connectHttp2(base, { rejectUnauthorized: false })
  const request = session.request({ ':path': '/sse/notifications', 'accept-encoding': 'gzip, br, zstd', origin: base, ...bearer(people.bob) })
  t.teardown(() => session.destroy())
  for (const side of [session, request]) side.on('error', () => {})
  const reader = new EventReader()
  let headers: Record<string, unknown> = {}
  let isEnded = false
  request.on('response', received => { headers = received }).on('end', () => { isEnded = true })
  request.setEncoding('utf8').on('data', (chunk: string) => reader.push(chunk))
  return { reader, headers: () => headers, isEnded: () => isEnded, leave: () => session.destroy() }
}

for (const name of fronts) {
  if (!hasFront(tap, name)) continue

  tap.test(`${name} passes every event on at once, although it compresses`, async t => {
    const { app, base } = await before(t, name, compressing[name](configOf(name)))
    const headers = { ...bearer(people.bob), origin: base, 'accept-encoding': 'gzip, br, zstd' }
    const stream = connectStream(t, base, { headers })
    await stream.next('welcome')
    t.match(stream.response!.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'content-encoding': undefined })
    for (const id of ['n1', 'n2', 'n3']) {
      await send(app, id)
      t.match(await stream.next(), { id }, 'with nothing behind it that would push it on')
    }
    if (name !== 'apache') t.equal((await ask(`${base}/openapi.json`, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], 'gzip', 'what it may compress it does')
    const back = connectStream(t, base, { headers: { ...headers, 'last-event-id': stream.events[1]!.id! } })
    await back.next('caught_up')
    t.same(back.frames.map(({ id, type }) => id ?? type), ['welcome', 'n2', 'n3', 'caught_up'])
    stream.close()
    back.close()
    await until('the node to hear that they left', () => app.countStreams() === 0)
    t.equal((await connectStream(t, base, { headers: { ...bearer(people.bob), origin: 'https://evil.example' } }).refusal()).status, 403)

    const last = connectStream(t, base, { headers })
    await last.next('welcome')
    await app.close()
    t.match(await last.next('close'), { payload: { code: 1012, reconnect: 'yes' } }, 'the end comes through')
    await last.closed
  })

  if (name === 'apache') continue
  tap.test(`${name} has streams share one connection over HTTP/2`, async t => {
    const { app, base } = await before(t, name)
    const stream = connectByHttp2(t, base)
    await until('the welcome', () => stream.reader.events.length > 0)
    t.match(stream.headers(), { ':status': 200, 'content-type': 'text/event-stream', 'content-encoding': undefined })
    await send(app, 'n1')
    await until('the event', () => stream.reader.events.some(({ frame }) => frame.id === 'n1'))
    stream.leave()
    await until('the node to hear of it', () => app.countStreams() === 0)
    const socket = new Subscriber(`${base}/ws/notifications`, { headers: bearer(people.bob), origin: base, rejectUnauthorized: false })
    t.teardown(() => socket.close())
    await socket.next('welcome')
    t.pass('and WebSockets come through beside it')

    const last = connectByHttp2(t, base)
    await until('the welcome', () => last.reader.events.length > 0)
    await app.close()
    await until('the end', last.isEnded)
    t.match(last.reader.events.at(-1)!.frame, { type: 'close', payload: { code: 1012 } })
  })
}
