import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'tap'
import { build, call, exchange, isProblem, listen, people, populate } from '../../helper.ts'

test('a body in a coding or charset that is not understood is 415, with or without credentials first', async t => {
  const app = await populate(t)
  const send = (headers: Record<string, string>) => call(app, people.root, 'POST', '/api/users', JSON.stringify({ username: crypto.randomUUID(), role: 'user', company: null }), { 'content-type': 'application/json', ...headers })
  for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-encoding': 'br, identity' }, { 'content-type': 'application/json; charset=utf-16' }, { 'content-type': 'application/json; charset="iso-8859-1"' }] as Record<string, string>[]) {
    isProblem(t, await send(headers), 'BLF_UNSUPPORTED_MEDIA_TYPE', JSON.stringify(headers))
  }
  for (const headers of [{}, { 'content-encoding': 'identity' }, { 'content-type': 'application/json; charset=UTF-8' }] as Record<string, string>[]) t.equal((await send(headers)).status, 201, JSON.stringify(headers))
})

test('a query that is not UTF-8 is 400, as such a path is', async t => {
  const app = await populate(t)
  for (const query of ['q=%ff', 'q=%c0%af', 'q=%', 'q=%zz', '%ff=1']) isProblem(t, await call(app, people.root, 'GET', `/api/users?${query}`), 'BLF_BAD_REQUEST', query)
  t.equal((await call(app, people.root, 'GET', '/api/users?q=caf%C3%A9')).status, 200)
})

test('two Host lines, or one that names no host, are 400', async t => {
  const app = await build(t)
  await listen(app)
  for (const host of ['a\r\nHost: b', 'a b', 'a/b', 'user@a', 'a:port', 'a?b', '[x']) {
    isProblem(t, await exchange(app, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), 'BLF_BAD_REQUEST', host)
  }
  for (const host of ['a', 'a:80', '[::1]:8000', 'xn--bcher-kva.example', 'a_b.internal:']) {
    t.equal((await exchange(app, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).status, 200, host)
  }
})

test('a request that was refused before its body ended has that one answer', async t => {
  const app = await build(t, {}, { deadlines: { headers: 100, request: 200, check: 20 } })
  await listen(app)
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  let received = ''
  socket.on('data', chunk => { received += chunk })
  socket.write('POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
  await once(socket, 'close')
  t.same(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401'])
})
