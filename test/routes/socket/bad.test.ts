import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { bearer, build, call, hello, listen, people, Subscriber, type App } from '../../helper.ts'

/** Bob's socket, an unread notification of his, and a check that nothing came of what was sent to it. */
async function serving (t: Test) {
  const app = await build(t)
  const base = await listen(app)
  for (const person of [people.root, people.bob]) await call(app, person, 'GET', '/api/auth/me')
  await call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id: 'n1' })
  const head = await app.store.head()
  const open = async (person: keyof typeof people = 'root') => {
    const subscriber = new Subscriber(`${base}/ws/notifications`, { headers: bearer(people[person]) })
    t.teardown(() => subscriber.close())
    await subscriber.next('welcome')
    return subscriber
  }
  const isUntouched = async (changes = 0) => {
    t.equal(await app.store.head(), head + changes, 'nothing was stored')
    t.match(await call(app, people.bob, 'GET', '/api/notifications/me'), { body: { items: [{ id: 'n1', read: false }], unread_count: 1 } }, 'and nothing changed in the inbox')
  }
  return { app, base, open, isUntouched }
}

/** Sends a frame as it is and waits for the error it is answered with. */
async function complaint (subscriber: Subscriber, frame: unknown) {
  subscriber.send(frame)
  const answer = await subscriber.next('error')
  return { code: answer.payload.code as string, replyTo: answer.reply_to, detail: answer.payload.detail as string, errors: answer.payload.errors as { path: string }[] | undefined }
}

/** A socket complains of few frames before it is closed, so each list gets its own. */
const some = <T>(list: T[], size = 20) => Array.from({ length: Math.ceil(list.length / size) }, (_, part) => list.slice(part * size, (part + 1) * size))

test('what is no JSON, or no object, is an error', async t => {
  const { open, isUntouched } = await serving(t)
  const root = await open()
  for (const text of ['', ' ', '{', 'hello', '{"type":"ping"', '{\'type\':\'ping\'}', '{"type":"ping"}{"type":"ping"}', '['.repeat(10_000)]) {
    t.match(await complaint(root, text), { code: 'BLF_BAD_JSON', replyTo: undefined }, text.slice(0, 20))
  }
  for (const text of ['null', '1', '"ping"', '[]', '[{"type":"ping"}]', 'true', '['.repeat(10_000) + ']'.repeat(10_000)]) {
    t.match(await complaint(root, text), { code: 'BLF_VALIDATION', replyTo: undefined }, text.slice(0, 20))
  }
  t.match(await root.ask({ id: '1', type: 'ping' }), { type: 'pong' }, 'the socket lives on')
  await isUntouched()
})

test('an unknown type is an error that says which frame it answers', async t => {
  const { open } = await serving(t)
  const root = await open()
  for (const type of ['', 'Ping', 'welcome', 'notification', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 7, null, ['ping'], { a: 1 }, undefined]) {
    t.match(await complaint(root, { id: 'f-1', type }), { code: 'BLF_VALIDATION', replyTo: 'f-1' }, JSON.stringify(type) ?? 'none')
  }
})

test('a frame whose id is none is an error, answered without one', async t => {
  const { open } = await serving(t)
  const root = await open()
  for (const id of [1, null, {}, ['1'], '', 'x'.repeat(129)]) {
    const { code, replyTo } = await complaint(root, { id, type: 'ping' })
    t.match({ code, replyTo: replyTo === undefined || replyTo === id }, { code: 'BLF_VALIDATION', replyTo: true }, JSON.stringify(id).slice(0, 10))
  }
})

test('payloads that are not valid are errors that name the field', async t => {
  const { open, isUntouched } = await serving(t)
  const strange = ['a b', '🙂', 'n1\0', '', 'x'.repeat(129), 7, null, ['n1']]
  const frames: [string, unknown, string][] = [
    ['ping', { more: 1 }, '/payload/more'], ['ping', null, '/payload'], ['ping', [], '/payload'],
    ['auth', {}, '/payload/token'], ['auth', { token: '' }, '/payload/token'], ['auth', { token: 7 }, '/payload/token'], ['auth', { token: 'x'.repeat(8193) }, '/payload/token'],
    ['subscribe', undefined, '/payload'], ['subscribe', { topics: [] }, '/payload/topics'], ['subscribe', { topics: 'a' }, '/payload/topics'],
    ['subscribe', { topics: Array(101).fill('a') }, '/payload/topics'], ['subscribe', { topics: ['a'], more: 1 }, '/payload/more'],
    ['unsubscribe', {}, '/payload/topics'], ['read', {}, '/payload/ids'], ['read', { ids: [] }, '/payload/ids'], ['read', { ids: 'n1' }, '/payload/ids'],
    ['read', { ids: Array.from({ length: 101 }, (_, n) => `n${n}`) }, '/payload/ids'], ['unread', { id: 'n1' }, '/payload/ids'], ['delete', ['n1'], '/payload'],
    ['read_all', { before: 7 }, '/payload/before'], ['read_all', { topic: 'a b' }, '/payload/topic'], ['read_all', { all: true }, '/payload/all'],
    ['send', {}, '/payload/title'], ['send', { ...hello, more: 1 }, '/payload/more'], ['send', { ...hello, audience: {} }, '/payload/audience'],
    ...strange.map((id): [string, unknown, string] => ['read', { ids: [id] }, '/payload/ids/0']),
    ...['a b', '🙂', 'a\0', '', 'x'.repeat(65), 7].map((topic): [string, unknown, string] => ['subscribe', { topics: [topic] }, '/payload/topics/0'])
  ]
  for (const part of some(frames)) {
    const root = await open()
    for (const [type, payload, path] of part) {
      const { code, replyTo, errors } = await complaint(root, { id: '1', type, payload })
      const name = `${type} ${encodeURI((JSON.stringify(payload) ?? '').slice(0, 30))}`
      t.match({ code, replyTo }, { code: 'BLF_VALIDATION', replyTo: '1' }, name)
      t.ok(errors?.some(error => error.path === path || error.path.startsWith(path)), `${name}: ${path}`)
    }
  }
  const root = await open()
  t.match(await complaint(root, { id: '1', type: 'ping', more: 1 }), { code: 'BLF_VALIDATION', errors: [{ path: '/more' }] }, 'beside the payload')
  await isUntouched()
})

test('text that cannot be stored, prototypes and depths are errors as in REST', async t => {
  const { open, isUntouched } = await serving(t)
  const send = (field: string, value: string) => {
    const { [field as 'title']: _, ...rest } = hello
    return `{"id":"1","type":"send","payload":${JSON.stringify(rest).slice(0, -1)},"${field}":${value}}}`
  }
  const odd = ['\\u0000', '\\ud800', 'a\\udc00'].flatMap(text => [
    send('title', `"${text}"`), send('message', `"${text}"`), send('topic', `"${text}"`), send('id', `"${text}"`), send('data', `{"a":"${text}"}`), send('data', `{"${text}":1}`),
    send('audience', `{"companies":["${text}"]}`), send('audience', `{"roles":["${text}"]}`)
  ])
  const deep = '['.repeat(10_000) + ']'.repeat(10_000)
  const long = [send('title', JSON.stringify('a'.repeat(201))), send('message', JSON.stringify('a'.repeat(4001))), send('data', JSON.stringify({ a: 'a'.repeat(8192) }))]
  for (const part of some([...odd, ...long, send('data', `{"a":${deep}}`), send('title', deep)])) {
    const root = await open()
    for (const frame of part) t.match(await complaint(root, frame), { code: 'BLF_VALIDATION', replyTo: '1' }, frame.slice(28, 120))
  }
  const root = await open()
  for (const poison of ['"__proto__":{"a":1}', '"\\u005f_proto__":1', '"constructor":{"prototype":{}}']) {
    for (const frame of [`{${poison},"type":"ping"}`, send('data', `{${poison}}`), `{"type":"ping","payload":{${poison}}}`]) {
      t.match(await complaint(root, frame), { code: 'BLF_BAD_JSON' }, frame.slice(0, 30))
    }
  }
  await isUntouched()
})

test('more than 20 bad frames close a socket with 4400, and nothing behind them is done', async t => {
  const { open, isUntouched } = await serving(t)
  const bob = await open('bob')
  for (let n = 1; n <= 20; n++) await complaint(bob, 'bad')
  t.match(await bob.ask({ id: '1', type: 'ping' }), { type: 'pong' }, '20 are not too many')
  bob.send('bad')
  bob.send({ id: '2', type: 'read', payload: { ids: ['n1'] } })
  t.same(await bob.closed, { code: 4400, reason: 'too many bad frames' })
  t.notOk(bob.frames.some(({ reply_to: replyTo }) => replyTo === '2'))
  await isUntouched()
})

test('errors that are no fault of the frame do not count', async t => {
  const { open } = await serving(t)
  const bob = await open('bob')
  for (let n = 1; n <= 30; n++) bob.send({ id: `x-${n}`, type: 'read', payload: { ids: ['nowhere'] } })
  for (let n = 1; n <= 30; n++) await bob.next('error')
  t.match(await bob.ask({ id: '1', type: 'ping' }), { type: 'pong' })
})

test('a binary frame closes with 1003', async t => {
  const { open, isUntouched } = await serving(t)
  const bob = await open('bob')
  bob.socket.send(Buffer.from(JSON.stringify({ type: 'read', payload: { ids: ['n1'] } })), { binary: true })
  bob.send({ type: 'read', payload: { ids: ['n1'] } })
  t.same(await bob.closed, { code: 1003, reason: 'text frames only' })
  await isUntouched()
})

test('64 KiB are the most of a frame, whole or in pieces; more closes with 1009', async t => {
  const { open, isUntouched } = await serving(t)
  const root = await open()
  const padded = (length: number) => `{"id":"1","type":"ping"${' '.repeat(length - 24)}}`
  root.send(padded(65_536))
  t.match(await root.next(), { type: 'pong', reply_to: '1' })
  root.send(padded(65_537))
  t.equal((await root.closed).code, 1009)
  const pieces = await open()
  pieces.socket.send('"'.repeat(40_000), { fin: false })
  pieces.socket.send('"'.repeat(40_000), { fin: true })
  t.equal((await pieces.closed).code, 1009)
  await isUntouched()
})

/** Sends bytes of our own making behind a good handshake; the close frame they are answered with. */
async function closeCodeOf (app: App, bytes: Buffer): Promise<number> {
  const socket = connect((app.server.address() as { port: number }).port, '127.0.0.1')
  const { promise, resolve } = Promise.withResolvers<number>()
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    for (let at = end + 4; at + 2 <= received.length;) {
      const short = received[at + 1]!
      if (received[at] === 0x88 && at + 4 <= received.length) return resolve(received.readUInt16BE(at + 2))
      at += short < 126 ? 2 + short : 4 + received.readUInt16BE(at + 2)
    }
  })
  socket.on('error', () => {})
  socket.write(`GET /ws/notifications HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${bearer(people.bob).authorization}\r\n\r\n`)
  socket.write(bytes)
  return await promise.finally(() => socket.destroy())
}

test('what breaks the protocol closes with its code', async t => {
  const { app, isUntouched } = await serving(t)
  const masked = (first: number, payload: Buffer) => Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload])
  t.equal(await closeCodeOf(app, Buffer.from([0x81, 0x02, 0x7b, 0x7d])), 1002, 'a client\'s frame must be masked')
  t.equal(await closeCodeOf(app, masked(0xc1, Buffer.from('{}'))), 1002, 'compression was not agreed on')
  t.equal(await closeCodeOf(app, masked(0x83, Buffer.from('{}'))), 1002, 'an opcode that there is not')
  t.equal(await closeCodeOf(app, masked(0x80, Buffer.from('{}'))), 1002, 'a continuation of nothing')
  t.equal(await closeCodeOf(app, masked(0x81, Buffer.from([0x22, 0xc3, 0x28, 0x22]))), 1007, 'text that is not UTF-8')
  await isUntouched()
})

test('an upgrade behind a request without an answer is refused in its turn, and the connection goes on', async t => {
  const app = await build(t)
  await listen(app)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
  t.teardown(() => socket.destroy())
  let received = ''
  socket.on('data', chunk => { received += chunk })
  const statuses = () => [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)
  const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer(people.bob).authorization}\r\n${headers}\r\n`
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
  socket.write(get('/api/auth/me') + get('/ws/notifications', upgrade))
  while (statuses().length < 2) await once(socket, 'data')
  socket.write(get('/healthz'))
  while (statuses().length < 3) await once(socket, 'data')
  t.same(statuses(), ['200', '426', '200'])
  t.equal(app.websocketServer.clients.size, 0)
})

test('an upgrade with a body is refused, whether the body comes or not', async t => {
  const app = await build(t)
  await listen(app)
  const head = `GET /ws/notifications HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${bearer(people.bob).authorization}\r\n`
  for (const rest of ['Content-Length: 70000\r\n\r\n', 'Content-Length: 2\r\n\r\n{}', 'Transfer-Encoding: chunked\r\n\r\n', 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{']) {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
    socket.write(`${head}${rest}`)
    const [text] = await once(socket, 'data') as [string]
    socket.destroy()
    t.match(text, /^HTTP\/1\.1 400 Bad Request.*BLF_BAD_REQUEST/s, rest)
  }
  t.equal(await closeCodeOf(app, Buffer.from([0x82, 0x80, 0, 0, 0, 0])), 1003, 'and one without goes on')
})
