import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { Connection } from '../../../src/outbound/client/agent.ts'
import { Exchange } from '../../../src/outbound/client/exchange.ts'
import { open, post, serve } from './serve.ts'

test('a connection that was closed while it was kept is no failure', async t => {
  const { url, connections } = await serve(t, (socket, count) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    if (count === 1) socket.removeAllListeners('data').on('data', () => socket.resetAndDestroy())
  })
  const client = open(t)
  t.equal((await post(client, url)).status, 200)
  t.equal((await post(client, url)).status, 200)
  t.equal(connections(), 2)
})

test('a connection that is closed each time it is used again is one, after a second try', async t => {
  const { url, connections } = await serve(t, (socket, count) => {
    if (count > 1) return socket.resetAndDestroy()
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    socket.removeAllListeners('data').on('data', () => socket.resetAndDestroy())
  })
  const client = open(t)
  t.equal((await post(client, url)).status, 200)
  await t.rejects(post(client, url), { message: 'the connection was closed' })
  t.equal(connections(), 2)
  await t.rejects(post(client, url), { message: 'the connection was closed' })
  t.equal(connections(), 3, 'once over a connection that is new')
})

test('if two kept connections were closed, a call is tried twice', async t => {
  const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
  const came: { path: string, socket: Socket }[] = []
  let waits = Promise.withResolvers<void>()
  const { url } = await serve(t, (socket, _count, data) => {
    came.push({ path: String(data).split(' ')[1]!, socket })
    if (came.length > 4) socket.resetAndDestroy()
    else if (came.length % 2 === 0) waits.resolve()
  })
  const client = open(t)
  const calls = () => [post(client, `${url}/kept`), post(client, `${url}/closed`)] as const
  const opening = calls()
  await waits.promise
  for (const { socket } of came) socket.write(OK)
  await Promise.all(opening)
  // A connection is not used again in the turn that its answer came in.
  await nextTurn()
  waits = Promise.withResolvers()
  const [kept, closed] = calls()
  await waits.promise
  const socketOf = (name: string) => came.slice(2).find(({ path }) => path === name)!.socket
  t.same(new Set(came.map(({ socket }) => socket)).size, 2, 'both are used again')
  socketOf('/kept').write(OK)
  await kept
  await nextTurn()
  socketOf('/closed').resetAndDestroy()
  await t.rejects(closed, { message: 'the connection was closed' })
  t.same(came.slice(4).map(({ socket }) => socket), [socketOf('/kept')], 'over the other, and no third time')
})

test('after a connection that was used comes one that is new', async t => {
  const { url, connections } = await serve(t, (socket, count) => {
    if (count === 1) socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    else socket.resetAndDestroy()
  })
  const connection = new Connection(url)
  t.teardown(async () => { await connection.destroy() })
  const exchange = () => new Exchange(own => connection.dispatch({ path: '/', method: 'POST' }, own), { timeoutMs: 60_000, bodyMs: 60_000 })
  t.equal((await exchange().answer).status, 200)
  await t.rejects(exchange().answer, { message: 'the connection was closed' })
  t.equal(connections(), 2)
})

test('of connections to many servers, some are kept', async t => {
  const closing: boolean[] = []
  const { url } = await serve(t, (socket, _count, data) => {
    closing.push(/^connection: close\r$/m.test(String(data)))
    socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  })
  const client = open(t, { resolve: (_hostname, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) })
  const { port } = new URL(url)
  for (let host = 0; host < 300; host++) await post(client, `http://host-${host}.example:${port}`)
  t.same(closing, Array.from({ length: 300 }, (_, index) => index >= 256))
})

test('a call leaves nothing behind', async t => {
  const { url } = await serve(t, socket => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') })
  const { signal } = new AbortController()
  const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length
  const before = timers()
  t.equal((await post(open(t), url, signal)).status, 200)
  t.equal(timers(), before)
  t.same(getEventListeners(signal, 'abort'), [])
})
