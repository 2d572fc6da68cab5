import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { Connections, type CutReason } from '../../src/http/connections.ts'

async function serving (t: Test, handler: RequestListener, unreadMs = 60_000) {
  const connections = new Connections(unreadMs)
  const cuts: CutReason[] = []
  const { promise: isCut, resolve } = Promise.withResolvers<void>()
  connections.onCut = reason => {
    cuts.push(reason)
    resolve()
  }
  const server = connections.serve(handler, { keepAliveTimeout: 60_000, requestTimeout: 60_000 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const open = () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    t.teardown(() => socket.destroy())
    return socket
  }
  return { server, open, cuts, isCut }
}

const get = (path: string | number, padding = '') => `GET /${path} HTTP/1.1\r\nHost: x\r\n${padding}\r\n`

/** Reads answers that are `<path>;` each until there are as many, or the connection ends. */
async function paths (socket: Socket, count: number): Promise<string[]> {
  let text = ''
  socket.setMaxListeners(0).setEncoding('latin1').on('data', (chunk: string) => { text += chunk })
  const found = () => [...text.matchAll(/\/(\d+);/g)].map(([, path]) => path!)
  while (found().length < count && !socket.destroyed) await Promise.race([once(socket, 'data'), once(socket, 'close')])
  return found()
}

test('a client that pipelines gets all of its answers in order, few worked out at a time', async t => {
  let [running, most] = [0, 0]
  const { open, cuts } = await serving(t, ({ url }, response) => {
    running += 1
    most = Math.max(most, running)
    setImmediate(() => {
      running -= 1
      response.end(`${url};`)
    })
  })
  const socket = open()
  const numbers = Array.from({ length: 3_000 }, (_, index) => String(index))
  // As large as what a client with a token sends; many reads of the socket, each held up by the one before.
  socket.write(numbers.map(number => get(number, `Authorization: Bearer ${'x'.repeat(400)}\r\n`)).join(''))
  t.same(await paths(socket, numbers.length), numbers)
  t.ok(most <= 16, `${most} at a time`)
  socket.write(get(7) + get(8))
  const [chunk] = await once(socket, 'data') as [string]
  t.match(chunk, '/7;', 'and the connection goes on')
  t.same(cuts, [])
})

test('a body in pieces arrives while requests behind it wait', async t => {
  const { open } = await serving(t, async (request, response) => {
    let length = 0
    for await (const chunk of request) length += chunk.length
    response.end(`/${length};`)
  })
  const socket = open()
  const body = 'x'.repeat(200_000)
  socket.write(Array.from({ length: 20 }, () => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`).join(''))
  t.same(await paths(socket, 20), Array(20).fill(String(body.length)))
})

test('more requests ahead than anybody sends end the connection', async t => {
  let asked = 0
  const { open, cuts, isCut } = await serving(t, () => { asked += 1 })
  const socket = open()
  socket.write(Array.from({ length: 1_700 }, (_, index) => get(index)).join(''))
  await Promise.all([isCut, new Promise(resolve => socket.once('close', resolve))])
  t.same(cuts, ['pipelined'])
  t.equal(asked, 16, 'of which only the first were looked at')
})

test('answers that are not read end the connection; one that takes its time does not', async t => {
  const large = Buffer.alloc(16 * 1024 * 1024)
  const { server, open, cuts, isCut } = await serving(t, ({ url }, response) => {
    if (url === '/1') response.end(large)
    else server.once('timeout', () => { response.end('/2;') })
  }, 1_000)
  const slow = open()
  slow.write(get(2))
  t.same(await paths(slow, 1), ['2'])
  const unread = open().pause()
  unread.write(get(1).repeat(3))
  await isCut
  t.same(cuts, ['unread'])
  slow.destroy()
  while (await new Promise<number>(resolve => server.getConnections((_error, count) => resolve(count))) > 0) await new Promise(setImmediate)
})

test('they end it with a reset, once the time is over and not twice that', async t => {
  const unreadMs = 3_000
  const { open, isCut } = await serving(t, (_request, response) => response.end(Buffer.alloc(16 * 1024 * 1024)), unreadMs)
  const unread = open().pause()
  const errors: string[] = []
  unread.on('error', ({ code }: { code?: string }) => { errors.push(code!) })
  unread.write(get(1))
  const start = performance.now()
  await isCut
  const ms = performance.now() - start
  t.ok(ms >= unreadMs && ms < 1.9 * unreadMs, `after ${ms} ms`)
  unread.resume()
  await new Promise(resolve => unread.once('close', resolve))
  t.same(errors, ['ECONNRESET'], 'nothing is left of it in the kernel')
})

test('no Host, and an expectation that nobody can meet, are problems like any other', async t => {
  const { open } = await serving(t, (_request, response) => response.end('fine'))
  const requests: [string, number, string][] = [
    ['GET / HTTP/1.1\r\n\r\n', 400, 'BLF_BAD_REQUEST'], ['GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n', 417, 'BLF_EXPECTATION_FAILED']
  ]
  for (const [text, status, code] of requests) {
    const socket = open().setEncoding('utf8')
    let received = ''
    socket.on('data', (chunk: string) => { received += chunk })
    socket.write(text)
    await once(socket, 'close')
    t.match(received, new RegExp(`^HTTP/1.1 ${status} .*content-type: application/problem\\+json`, 's'))
    t.match(JSON.parse(received.split('\r\n\r\n')[1]!), { status, code, request_id: /^[0-9a-f-]{36}$/ })
  }
  const old = open().setEncoding('utf8')
  old.write('GET / HTTP/1.0\r\n\r\n')
  t.match((await once(old, 'data'))[0], 'fine', 'HTTP/1.0 knows no Host')
})
