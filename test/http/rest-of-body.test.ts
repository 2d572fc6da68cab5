import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { discardRest, type RestBounds } from '../../src/http/rest-of-body.ts'
import { bearer, build, listen, people } from '../helper.ts'

const MIB = 1024 * 1024

test('whoever sends too much gets the answer, on every route, and with a connection that is closed after it', async t => {
  const base = await listen(await build(t))
  const { port } = new URL(base)
  const { authorization } = bearer(people.root)
  const calls: [path: string, size: number, status: number, headers?: object][] = [
    ['/api/notifications/send', 4 * MIB, 413], ['/api/notifications/send', 8 * MIB, 413], ['/api/notifications/batch', 4 * MIB + 1, 413], ['/api/notifications/batch', 8 * MIB, 413],
    ['/api/auth/login', 4 * MIB, 413], ['/api/broadcast/role/user', 6 * MIB, 413], ['/api/unknown', 6 * MIB, 413],
    ['/api/notifications/send', 6 * MIB, 401, { authorization: 'Bearer x' }], ['/api/notifications/send', 6 * MIB, 415, { 'content-type': 'text/plain' }]
  ]
  for (const connection of ['close', 'keep-alive']) {
    for (const [path, size, status, headers] of calls) {
      const request = ask({ port, path, method: 'POST', headers: { authorization, 'content-type': 'application/json', 'content-length': size, connection, ...headers } })
      const answered = once(request, 'response') as Promise<[IncomingMessage]>
      request.end(Buffer.alloc(size, ' '))
      const [response] = await answered
      const text = Buffer.concat(await response.toArray()).toString()
      t.equal(JSON.parse(text).status, status, `${path} ${size} ${connection}`)
    }
  }
  const body = ' '.repeat(5 * MIB)
  const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(`${base}/api/notifications/send`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body })))
  t.same(answers.map(({ status }) => status), [413, 413, 413, 413, 413], 'fetch')
})

/** A server that refuses everything at once. */
async function refusing (t: Test, bounds: RestBounds): Promise<number> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close')
    discardRest(request, bounds)
    response.end('no')
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A connection that sends the beginning of a long body, and what came back by the time it ended. */
async function sending (port: number, more: (write: (bytes: number) => void) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => { answer += chunk.toString() }).on('error', () => {})
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n')
  more(bytes => { if (!socket.destroyed) socket.write(Buffer.alloc(bytes)) })
  await once(socket, 'close')
  return answer
}

test('a body that never ends is not waited for', async t => {
  const port = await refusing(t, { bytes: 50 * MIB, ms: 100 })
  t.match(await sending(port, write => write(1_000)), /^HTTP\/1\.1 200 /)
})

test('a body that is longer than what is thrown away is not read to its end', async t => {
  const port = await refusing(t, { bytes: MIB, ms: 60_000 })
  t.match(await sending(port, write => { for (let sent = 0; sent < 8; sent++) write(MIB / 4) }), /^(HTTP\/1\.1 200 |$)/)
})
