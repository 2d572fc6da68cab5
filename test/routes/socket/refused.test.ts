import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'tap'
import { bearer, people, serve, type App } from '../../helper.ts'

const credentials = `Authorization: ${bearer(people.bob).authorization}\r\n`

function upgrade (app: App, { query = '', headers = credentials, version = 13 } = {}): Socket {
  // With its own end left open, as a client does that never looks at the connection again.
  const socket = connect({ port: (app.server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.write(`GET /ws/notifications${query} HTTP/1.1\r\nHost: x\r\n${headers}` +
    `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)
  return socket
}

const broken = (app: App) => { app.limits.seats.take = async () => { throw new Error('a fault') } }
const refusals: [status: number, about: string, Parameters<typeof upgrade>[1], prepare?: (app: App) => unknown][] = [
  [400, 'a query that is not valid', { query: '?nonsense=1' }],
  [400, 'a version that nobody speaks', { version: 12 }],
  [401, 'bad credentials', { headers: 'Authorization: Bearer rubbish\r\n' }],
  [403, 'a foreign origin', { headers: `${credentials}Origin: https://evil.example\r\n` }],
  [429, 'too many sockets', {}, app => app.limits.seats.take({ subject: 'u:bob' })],
  [500, 'a fault', {}, broken],
  [503, 'no room', {}, async app => { for (const subject of ['a', 'b']) await app.limits.seats.take({ subject }) }],
  [503, 'a shutdown', {}, app => { app.isDraining = () => true }]
]

for (const [status, about, request, prepare] of refusals) {
  test(`a refused upgrade (${status}: ${about}) says that its connection is closed, and it is`, async t => {
    const { app } = await serve(t, { MAX_CONNECTIONS: '2', MAX_CONNECTIONS_PER_USER: '1' })
    await prepare?.(app)
    const accepted = once(app.server, 'connection') as Promise<[Socket]>
    const peer = upgrade(app, request)
    t.teardown(() => peer.destroy())
    let answer = ''
    peer.setEncoding('utf8').on('data', chunk => { answer += chunk })
    const [socket] = await accepted
    await Promise.all([once(socket, 'close'), once(peer, 'end')])
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.same(head.match(/^connection: .*$/gim), ['connection: close'])
    t.match(JSON.parse(body), { status })
  })
}

test('an upgrade that is still judged when the time of a shutdown is over is cut', async t => {
  const { app } = await serve(t, { DRAIN_SECONDS: '0' })
  const { promise: isJudged, resolve } = Promise.withResolvers<void>()
  app.limits.seats.take = async () => {
    resolve()
    return await new Promise<never>(() => {})
  }
  const peer = upgrade(app)
  t.teardown(() => peer.destroy())
  await isJudged
  const closed = once(peer.resume(), 'close')
  peer.on('end', () => peer.end())
  await app.close()
  await closed
})
