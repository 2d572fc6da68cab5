import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test } from 'tap'
import { bearer, call, hello, people, serve, type App } from '../../helper.ts'
import { holdReplay } from '../held-replay.ts'

const send = (app: App, id: string) => call(app, people.root, 'POST', '/api/notifications/send', { ...hello, id })

/** The first bytes (opcode and flags) of unmasked frames of less than 64 KiB. RFC 6455 §5.2. */
function firstBytes (frames: Buffer): number[] {
  const found: number[] = []
  for (let at = 0; at < frames.length;) {
    found.push(frames[at]!)
    const short = frames[at + 1]!
    at += short < 126 ? 2 + short : 4 + frames.readUInt16BE(at + 2)
  }
  return found
}
const TEXT = 0x81
const CLOSE = 0x88

test('what came before a close is done, though nobody hears of it', async t => {
  const { app, open } = await serve(t)
  const [phone, tablet] = [await open(people.bob), await open(people.bob)]
  await send(app, 'n1')
  await phone.next('notification')
  phone.socket.send(JSON.stringify({ id: '1', type: 'read', payload: { ids: ['n1'] } }))
  phone.socket.close()
  t.match(await tablet.next('notification.read'), { payload: { ids: ['n1'] } })
  await phone.closed
})

/** A subscriber that answers no close frame, with all that came to it. */
function deaf (app: App, query = ''): { socket: Socket, received: () => Buffer } {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => { received = Buffer.concat([received, chunk]) })
  socket.write(`GET /ws/notifications${query} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer(people.bob).authorization}\r\n` +
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
  return { socket, received: () => received }
}

test('no event follows a close frame, for as long as the peer does not answer it', async t => {
  const { app, open } = await serve(t)
  const { socket, received } = deaf(app)
  while (!received().includes('"welcome"')) await once(socket, 'data')
  const [client] = app.websocketServer.clients
  const other = await open(people.carol)
  await send(app, 'before')
  await other.next('notification')
  client!.close(1012, 'later')
  await send(app, 'after')
  t.match(await other.next('notification'), { id: 'after' })
  t.equal(app.hub.size, 1, 'and it counts as open no more')
  client!.terminate()
  await once(socket, 'close')
  const frames = received().subarray(received().indexOf('\r\n\r\n') + 4)
  t.same(firstBytes(frames), [TEXT, TEXT, CLOSE])
})

test('a socket that is closed while it catches up does not come alive', async t => {
  const { app, open } = await serve(t)
  const first = await open(people.bob)
  const { cursor } = first.frames[0]!
  first.close()
  await first.closed
  const other = await open(people.carol)
  // A move is what memory does not replay over.
  await call(app, people.root, 'PATCH', '/api/users/bob', { company: 'company_b' })
  await send(app, 'n1')
  const { isReading, letRead } = holdReplay(app)
  const { socket } = deaf(app, `?since=${cursor}`)
  await isReading
  const [, client] = app.websocketServer.clients
  client!.close(1012)
  letRead()
  await send(app, 'n2')
  while ((await other.next('notification')).id !== 'n2');
  t.equal(app.hub.countConnected(['all']), 1)
  socket.destroy()
})
