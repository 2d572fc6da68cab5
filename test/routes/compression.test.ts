import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { test } from 'tap'
import { bearer, build, call, hello, listen, people, Subscriber, type App } from '../helper.ts'

const MESSAGE = 'the same words again and again '.repeat(60).trim()

/** The bytes that a socket took for `count` notifications, and their messages. */
async function receive (app: App, base: string, perMessageDeflate: boolean, count: number): Promise<{ bytes: number, messages: string[], extensions: string }> {
  const subscriber = new Subscriber(`${base}/ws/notifications`, { headers: bearer(people.bob), perMessageDeflate })
  await subscriber.next('welcome')
  const raw = (subscriber.socket as unknown as { _socket: { bytesRead: number } })._socket
  const before = raw.bytesRead
  const messages: string[] = []
  for (let sent = 0; sent < count; sent++) {
    await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, message: MESSAGE })
    messages.push((await subscriber.next('notification')).payload.message)
  }
  const { extensions } = subscriber.socket
  subscriber.close()
  return { bytes: raw.bytesRead - before, messages, extensions }
}

test('sockets are compressed where both sides want it, and say the same', async t => {
  const app = await build(t, { COMPRESSION: 'true' })
  const base = await listen(app)
  const compressed = await receive(app, base, true, 3)
  const plain = await receive(app, base, false, 3)
  t.match(compressed.extensions, 'permessage-deflate')
  t.equal(plain.extensions, '')
  t.same(compressed.messages, [MESSAGE, MESSAGE, MESSAGE])
  t.same(plain.messages, compressed.messages)
  t.ok(compressed.bytes < plain.bytes / 3, `${compressed.bytes} bytes for ${plain.bytes}`)
})

test('one flush serves both kinds, and a replay is compressed too', async t => {
  const app = await build(t, { COMPRESSION: 'true' })
  const base = await listen(app)
  const open = async (perMessageDeflate: boolean, query = '') => {
    const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { headers: bearer(people.bob), perMessageDeflate })
    t.teardown(() => subscriber.close())
    await subscriber.next('welcome')
    return subscriber
  }
  const [one, two] = await Promise.all([open(true), open(false)])
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, message: MESSAGE, audience: { users: ['bob'] } })
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, message: MESSAGE })
  for (const subscriber of [one, two]) {
    t.equal((await subscriber.next('notification')).payload.message, MESSAGE)
    t.equal((await subscriber.next('notification')).payload.message, MESSAGE)
  }
  const late = await open(true, `?since=${one.frames[0]!.cursor}`)
  t.equal((await late.next('notification')).payload.message, MESSAGE)
  t.match(await late.next('caught_up'), { payload: { count: 2 } })
  t.match(await one.ask({ id: '1', type: 'send', payload: { ...hello, title: 'T'.repeat(200) } }), { type: 'error', payload: { code: 'BLF_FORBIDDEN' } }, 'what comes compressed is read')
})

test('without the setting nothing is compressed', async t => {
  const app = await build(t)
  const { extensions, messages } = await receive(app, await listen(app), true, 1)
  t.equal(extensions, '')
  t.same(messages, [MESSAGE])
})

test('an offer that cannot be met is declined, and another one beside it is taken', async t => {
  const app = await build(t, { COMPRESSION: 'true' })
  const base = await listen(app)
  const agreed = async (offer: string) => {
    const { status, headers } = await upgrade(base, { 'sec-websocket-extensions': offer })
    return `${status} ${headers['sec-websocket-extensions'] ?? 'none'}`
  }
  const declined = [
    'permessage-deflate; server_max_window_bits=10', 'permessage-deflate; server_max_window_bits=7', 'permessage-deflate; server_max_window_bits',
    'permessage-deflate; client_max_window_bits=16', 'permessage-deflate; more', 'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover', 'x-webkit-deflate-frame', 'permessage-bzip2; level=9'
  ]
  for (const offer of declined) t.equal(await agreed(offer), '101 none', offer)
  for (const offer of declined) t.match(await agreed(`${offer}, permessage-deflate; client_max_window_bits`), /^101 permessage-deflate; server_no_context_takeover/, `${offer}, or another`)
  for (const malformed of ['permessage-deflate;', ';', 'permessage-deflate; a b', '"']) t.match(await agreed(malformed), '400', malformed)
})

/** The answer to an upgrade. */
async function upgrade (base: string, headers: Record<string, string>): Promise<{ status: number, headers: IncomingHttpHeaders }> {
  const sent = request(`${base}/ws/notifications`, {
    headers: { ...bearer(people.bob), connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers }
  }).end()
  sent.on('upgrade', (_response, socket) => socket.destroy())
  const [response] = await Promise.race([once(sent, 'upgrade'), once(sent, 'response')]) as [IncomingMessage]
  response.resume()
  return { status: response.statusCode!, headers: response.headers }
}
