import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import type { OutboundOptions } from '../../../src/outbound/client/client.ts'
import { reasonOf } from '../../../src/outbound/client/reason.ts'
import { folder } from '../../folder.ts'
import { open, post, serve } from './serve.ts'

test('an answer is its status, and when to come again; connections are kept', async t => {
  const answers = ['HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 503 No\r\nretry-after: 7 \t\r\ncontent-length: 2\r\n\r\nno', `HTTP/1.1 429 No\r\nretry-after: ${new Date(Date.now() + 60_000).toUTCString()}\r\ncontent-length: 0\r\n\r\n`, `HTTP/1.1 429 No\r\nretry-after: ${'9'.repeat(400)}\r\ncontent-length: 0\r\n\r\n`]
  const { url, connections } = await serve(t, socket => { socket.write(answers.shift()!) })
  const client = open(t)
  t.same(await post(client, url), { status: 204, retryAfterMs: undefined })
  t.same(await post(client, url), { status: 503, retryAfterMs: 7_000 })
  const later = await post(client, url)
  t.ok(later.retryAfterMs! > 50_000 && later.retryAfterMs! <= 60_000)
  t.equal((await post(client, url)).retryAfterMs, 1e12, 'as long as can be')
  t.ok(connections() < 3, 'not one for each')
})

test('a redirect is an answer, and leads nowhere', async t => {
  const inside = await serve(t, socket => socket.end())
  const { url } = await serve(t, socket => { socket.write(`HTTP/1.1 307 Go\r\nlocation: ${inside.url}\r\ncontent-length: 0\r\n\r\n`) })
  t.equal((await post(open(t), url)).status, 307)
  t.equal(inside.connections(), 0)
})

test('hostile answers cost neither time nor memory', async t => {
  const big = 'x'.repeat(65_536)
  const cases: [what: string, answer: (socket: Socket) => void, expected: RegExp | number][] = [
    ['silence', () => {}, /^no answer within 0.3 seconds$/],
    ['a slow head', socket => { const timer = setInterval(() => socket.write('x'), 20); socket.on('close', () => clearInterval(timer)); socket.write('HTTP/1.1 200 OK\r\nx: ') }, /^no answer within/],
    ['informational answers without an end', socket => { const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20); socket.on('close', () => clearInterval(timer)) }, /^no answer within/],
    ['another protocol', socket => { socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n') }, 101],
    ['another protocol, and an end', socket => { socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n') }, 101],
    ['a protocol without a name', socket => { socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n') }, 101],
    ['64 KiB of headers', socket => { socket.write(`HTTP/1.1 200 OK\r\nx: ${big}\r\n\r\n`) }, /^the headers of the answer are too large$/],
    ['many headers', socket => { socket.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}\r\n`) }, /too large/],
    ['no HTTP', socket => { socket.write('SSH-2.0-x\r\n\r\n') }, /^the answer is not HTTP$/],
    ['lines without a carriage return', socket => { socket.write('HTTP/1.1 200 OK\ncontent-length: 0\n\n') }, /^the answer is not HTTP$/],
    ['no status', socket => { socket.write('HTTP/1.1 000 No\r\ncontent-length: 0\r\n\r\n') }, /^the answer is not HTTP$/],
    ['two kinds of lengths', socket => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n') }, /^the answer is not HTTP$/],
    ['two answers', socket => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n') }, 200],
    ['a body where none may be', socket => { socket.write('HTTP/1.1 204 OK\r\ncontent-length: 3\r\n\r\nabc') }, 204],
    ['chunks without a size', socket => { socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n') }, 200],
    ['early hints', socket => { socket.write('HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') }, 200],
    ['go on, though nobody asked', socket => { socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') }, /^it answered 100 Continue, which was not asked for$/],
    ['the version before', socket => { socket.end('HTTP/1.0 200 OK\r\n\r\nbody') }, 200],
    ['a reset amid the head', socket => { socket.write('HTTP/1.1 200 OK\r\nx: ', () => socket.resetAndDestroy()) }, /^the connection was closed$/],
    ['two lengths', socket => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab') }, /^the answer is not HTTP$/],
    ['an end', socket => socket.destroy(), /^the connection was closed$/],
    ['half an answer', socket => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab') }, 200]
  ]
  for (const [what, answer, expected] of cases) {
    const { url } = await serve(t, answer)
    // Where an answer comes, however late the machine is.
    const timeoutMs = String(expected).includes('no answer') ? 300 : 60_000
    const came = await post(open(t, { timeoutMs }), url).then(({ status }) => status, (error: Error) => error.message)
    if (typeof expected === 'number') t.equal(came, expected, what)
    else t.match(came, expected, what)
  }
})

test('of an endless body little is read', async t => {
  const closed = Promise.withResolvers<void>()
  let written = 0
  const { url } = await serve(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    const write = (): void => {
      written += 65_536
      if (!socket.destroyed) socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`, () => setImmediate(write))
    }
    write()
    socket.on('close', () => closed.resolve())
  })
  t.equal((await post(open(t), url)).status, 200)
  await closed.promise
  t.ok(written < 16 * 1024 * 1024, `${written} bytes`)
})

test('a body that takes long ends with its connection', async t => {
  const closed = Promise.withResolvers<void>()
  const { url } = await serve(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
    const timer = setInterval(() => socket.write('x'), 20)
    socket.on('close', () => {
      clearInterval(timer)
      closed.resolve()
    })
  })
  t.equal((await post(open(t, { bodyMs: 100 }), url)).status, 200)
  await closed.promise
})

test('a call that is given up while its name is resolved is not made later', async t => {
  const used = new Set<Socket>()
  const { url } = await serve(t, socket => {
    used.add(socket)
    socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  })
  const { port } = new URL(url)
  const resolving: (() => void)[] = []
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const resolve: OutboundOptions['resolve'] = (_hostname, _options, callback) => {
    asked[resolving.length]?.resolve()
    resolving.push(() => callback(null, [{ address: '127.0.0.1', family: 4 }]))
  }
  const client = open(t, { resolve, timeoutMs: 300 })
  const aborter = new AbortController()
  const aborted = post(client, `http://first.example:${port}`, aborter.signal)
  await asked[0]!.promise
  aborter.abort()
  await t.rejects(aborted, { message: 'the call was broken off' })
  await t.rejects(post(client, `http://second.example:${port}`), { message: 'no answer within 0.3 seconds' })
  await asked[1]!.promise
  for (const go of resolving) go()
  t.equal((await post(client, url)).status, 204)
  t.equal(used.size, 1, 'only the last')
  await t.rejects(post(client, url, aborter.signal), { message: 'the call was broken off' }, 'nor one that is given up before')
  const silent = await serve(t, () => client.close())
  await t.rejects(post(client, silent.url), { message: /^(the call was broken off|no answer within 0.3 seconds)$/ })
})

test('who cannot be reached, or may not, is said in few words', async t => {
  const { url } = await serve(t, socket => socket.end())
  const port = new URL(url).port
  const client = open(t, { allow: ['127.0.0.1'], allowHttp: true, resolve: (_hostname, _options, callback) => callback(null, [{ address: '10.0.0.1', family: 4 }]) })
  await t.rejects(post(client, `http://inside.example:${port}`), { message: 'its host is not an address of the public internet' })
  await t.rejects(post(client, 'http://127.0.0.1:1'), { message: 'the connection was refused' })
  await t.rejects(post(client, 'https://10.0.0.1'), { code: 'BLOCKED' })
  const unknown = open(t, { resolve: (_hostname, _options, callback) => callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), []) })
  await t.rejects(post(unknown, 'https://nowhere.example'), { message: 'the name cannot be resolved' })
  const aborter = new AbortController()
  const silent = await serve(t, () => aborter.abort())
  await t.rejects(post(open(t), silent.url, aborter.signal), { message: 'the call was broken off' })
})

test('a certificate must be good', async t => {
  const home = folder(t)
  const file = (name: string) => join(home, name)
  const certified = () => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '1', '-subj', '/CN=good.example', '-addext', 'subjectAltName=DNS:good.example'], { stdio: 'ignore' })
    return { key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem'), 'utf8'), ticketKeys: Buffer.alloc(48, 1) }
  }
  const { key, cert, ticketKeys } = certified()
  const server = createHttps({ key, cert, ticketKeys }, (_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const options: OutboundOptions = { timeoutMs: 5_000, resolve: (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) }
  await t.rejects(post(open(t, options), `https://good.example:${port}`), { message: 'the TLS connection cannot be trusted' }, 'it is signed by nobody')
  await t.rejects(post(open(t, { ...options, ca: cert }), `https://bad.example:${port}`), { message: 'the TLS connection cannot be trusted' }, 'it is of another name')
  const client = open(t, { ...options, ca: cert })
  t.equal((await post(client, `https://good.example:${port}`)).status, 200)
  // It could go on with the session of the one before.
  const other = createHttps(certified(), (_request, response) => response.end()).listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  await t.rejects(post(client, `https://good.example:${(other.address() as AddressInfo).port}`), { message: 'the TLS connection cannot be trusted' }, 'it is another, of the same name')
  const failed = { message: 'the TLS handshake failed' }
  for (const said of ['HTTP/1.1 200 OK\r\n\r\n', 'what is this?']) {
    const plain = await serve(t, socket => { socket.end(said) })
    await t.rejects(post(open(t, options), `https://good.example:${new URL(plain.url).port}`), failed, said)
  }
  const old = createHttps({ key, cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }).listen(0, '127.0.0.1')
  await once(old, 'listening')
  t.teardown(() => old.close())
  await t.rejects(post(open(t, { ...options, ca: cert }), `https://good.example:${(old.address() as AddressInfo).port}`), failed, 'it has no TLS of today')
  // Of a server that wants a certificate of the client; Node's own only closes the connection.
  t.equal(reasonOf(Object.assign(new Error('alert'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' })), failed.message)
})
