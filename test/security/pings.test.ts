import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type Test } from 'tap'
import { build, listen, mint, people, type App } from '../helper.ts'

const UPGRADE = [
  'GET /ws/notifications HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade',
  'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
]
const CLOSE = 8
const PONG = 10

/** Masked frames; a mask of zeros leaves the payload as it is. RFC 6455 §5.2. */
const frame = (opcode: number, payload: Buffer) => Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])
const pings = (count: number) => Buffer.concat(Array.from({ length: count }, (_, n) => frame(9, Buffer.from(String(n)))))
const goodbye = frame(CLOSE, Buffer.from([0x03, 0xe8]))

/** A connection past its upgrade, and its welcome if it has a token. */
async function open (t: Test, app: App, token?: string): Promise<Socket> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write([...UPGRADE, ...token === undefined ? [] : [`Authorization: Bearer ${token}`], '', ''].join('\r\n'))
  let received = ''
  while (!received.includes(token === undefined ? '\r\n\r\n' : '"welcome"')) received += String((await once(socket, 'data'))[0])
  return socket
}

/** Reads to the end: the payloads of the pongs, and the close frame if there was one. */
async function outcome (socket: Socket): Promise<{ pongs: string[], close: [code: number, reason: string] | undefined }> {
  const chunks: Buffer[] = []
  socket.on('data', chunk => { chunks.push(chunk as Buffer) })
  await once(socket, 'close')
  const bytes = Buffer.concat(chunks)
  const pongs: string[] = []
  for (let at = 0; at < bytes.length;) {
    const [opcode, length] = [bytes[at]! & 0x0f, bytes[at + 1]!]
    const payload = bytes.subarray(at + 2, at + 2 + length)
    if (opcode === CLOSE) return { pongs, close: [payload.readUInt16BE(), String(payload.subarray(2))] }
    if (opcode === PONG) pongs.push(String(payload))
    at += 2 + length
  }
  return { pongs, close: undefined }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n))

test('pings that come in one packet are all answered, and a flood of them is told why it is closed', async t => {
  const app = await build(t, { RATE_LIMIT: '1000' })
  await listen(app)
  for (const token of [mint(people.bob), undefined]) {
    const about = token === undefined ? 'before its auth' : 'authenticated'
    const busy = await open(t, app, token)
    busy.write(Buffer.concat([pings(1000), goodbye]))
    t.strictSame(await outcome(busy), { pongs: numbers(1000), close: [1000, ''] }, `1,000 pings, ${about}`)

    const flood = await open(t, app, token)
    flood.write(pings(20_000))
    t.strictSame(await outcome(flood), { pongs: numbers(1000), close: [4429, 'too many frames'] }, `20,000 pings, ${about}`)
  }
})

test('who pings and does not read is a slow reader', async t => {
  const app = await build(t, { RATE_LIMIT: '0', MAX_SOCKET_BUFFER: '65536' })
  await listen(app)
  const closes = async () => /belfry_socket_closes_total\{code="1013"\} (\d+)/.exec(await app.metrics.registry.metrics())?.[1]
  let expected = 0
  for (const token of [mint(people.bob), undefined]) {
    const deaf = await open(t, app, token)
    deaf.pause()
    const batch = Buffer.concat(Array<Buffer>(500).fill(frame(9, Buffer.alloc(125))))
    expected += 1
    while (await closes() !== String(expected)) {
      if (!deaf.writableNeedDrain && !deaf.destroyed) deaf.write(batch)
      await new Promise(setImmediate)
    }
    t.pass(token === undefined ? 'before its auth' : 'authenticated')
    deaf.destroy()
  }
})
