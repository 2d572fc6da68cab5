import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test, type Test } from 'tap'
import { reasonOf } from '../../src/protocol/close-codes.ts'
import { build, call, isProblem, listen, mint, people, subscribe, type App } from '../helper.ts'

/** What a server's bytes end in: the close frame's code, or how the connection ended without one. */
class RawSocket {
  readonly socket: Socket
  #received: Buffer = Buffer.alloc(0)

  private constructor (socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => { this.#received = Buffer.concat([this.#received, chunk]) })
    socket.on('error', () => {})
  }

  /** An upgraded connection, authenticated, past its welcome. */
  static async open (t: Test, app: App): Promise<RawSocket> {
    const raw = new RawSocket(connect((app.server.address() as AddressInfo).port, '127.0.0.1'))
    t.teardown(() => raw.socket.destroy())
    raw.socket.write([
      'GET /ws/notifications HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Authorization: Bearer ${mint(people.bob)}`, '', ''
    ].join('\r\n'))
    while (!raw.#received.includes('"welcome"')) await once(raw.socket, 'data')
    return raw
  }

  /** Sends bytes and reads to the end. */
  async outcome (bytes: Buffer): Promise<[code: number, reason: string] | 'cut'> {
    const start = this.#received.length
    // Without waiting: the server may stop reading long before the end.
    this.socket.write(bytes)
    while (!this.socket.closed && this.#closeFrame(start) === undefined) await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')])
    return this.#closeFrame(start) ?? 'cut'
  }

  /** The server's frames here are small: two bytes of header each. */
  #closeFrame (start: number): [code: number, reason: string] | undefined {
    for (let at = start; at + 3 < this.#received.length;) {
      const length = this.#received[at + 1]! & 0x7f
      if ((this.#received[at]! & 0x0f) === 8 && at + 2 + length <= this.#received.length) {
        return [this.#received.readUInt16BE(at + 2), this.#received.toString('utf8', at + 4, at + 2 + length)]
      }
      at += length === 126 ? 4 + this.#received.readUInt16BE(at + 2) : 2 + length
    }
    return undefined
  }
}

interface Bits { fin?: boolean, rsv?: number, masked?: boolean, /** What it says it has. */ says?: bigint }

/** A client's frame, right or wrong. RFC 6455 §5.2. */
function frame (opcode: number, payload: Buffer | string = '', { fin = true, rsv = 0, masked = true, says }: Bits = {}): Buffer {
  const body = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  const mask = masked ? 0x80 : 0
  const length = says ?? BigInt(body.length)
  const head = length < 126n
    ? Buffer.from([first, mask | Number(length)])
    : length < 65536n
      ? Buffer.from([first, mask | 126, Number(length >> 8n), Number(length & 0xffn)])
      : Buffer.concat([Buffer.from([first, mask | 127]), big(length)])
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), body])
}

function big (value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}

const closing = (code: number, reason = '') => frame(8, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]))

test('broken frames get their close code with its reason, and the process lives', async t => {
  const app = await build(t)
  const base = await listen(app)
  const bystander = await subscribe(t, base, people.carol)
  const ping = '{"type":"ping"}'

  const abuses: [about: string, bytes: Buffer, expected: number | 'cut'][] = [
    ['a frame that says 2^40 bytes', frame(1, 'x', { says: 1n << 40n }), 1009],
    ['a frame that says 2^63 bytes', frame(1, 'x', { says: 1n << 63n }), 1009],
    ['a frame that says 65,537 bytes', frame(1, 'x', { says: 65_537n }), 1009],
    ['fragments of 65,537 bytes in sum', Buffer.concat([frame(1, 'x'.repeat(65_536), { fin: false }), frame(0, 'x')]), 1009],
    ['140,000 empty fragments', Buffer.concat([frame(1, '', { fin: false }), ...Array<Buffer>(140_000).fill(frame(0, '', { fin: false }))]), 1008],
    ['1,025 fragments', Buffer.concat([frame(1, '', { fin: false }), ...Array<Buffer>(1_024).fill(frame(0, '', { fin: false }))]), 1008],
    ['an unmasked frame', frame(1, ping, { masked: false }), 1002],
    ['an unmasked close', frame(8, '', { masked: false }), 1002],
    ['reserved bit 1', frame(1, ping, { rsv: 4 }), 1002],
    ['reserved bit 2', frame(1, ping, { rsv: 2 }), 1002],
    ['reserved bit 3', frame(1, ping, { rsv: 1 }), 1002],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer, number] => [`opcode ${opcode}`, frame(opcode, ''), 1002]),
    ['a continuation of nothing', frame(0, ping), 1002],
    ['a new message within one', Buffer.concat([frame(1, '{', { fin: false }), frame(1, ping)]), 1002],
    ['a ping in fragments', frame(9, '', { fin: false }), 1002],
    ['a ping of 126 bytes', frame(9, 'x'.repeat(126)), 1002],
    ['a close of 126 bytes', frame(8, 'x'.repeat(126)), 1002],
    ['a close of one byte', frame(8, 'x'), 1002],
    ['invalid UTF-8', frame(1, Buffer.from([0x22, 0xc0, 0xaf, 0x22])), 1007],
    ['a lone surrogate in UTF-8', frame(1, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 1007],
    ['UTF-8 cut short', frame(1, Buffer.from([0xe2, 0x82])), 1007],
    ['invalid UTF-8 over two fragments', Buffer.concat([frame(1, Buffer.from([0xe2, 0x82]), { fin: false }), frame(0, 'x')]), 1007],
    ['a close reason of invalid UTF-8', Buffer.concat([frame(8, Buffer.from([0x03, 0xe8, 0xff, 0xfe]))]), 1007],
    ['binary data', frame(2, ping), 1003],
    ['binary data in fragments', Buffer.concat([frame(2, '{', { fin: false }), frame(0, '}')]), 1003],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map((code): [string, Buffer, number] => [`close code ${code}`, closing(code), 1002]),
    ...[1000, 1001, 3000, 4999].map((code): [string, Buffer, number] => [`a good close, ${code}`, closing(code, 'bye'), code]),
    ['an end in the middle of a frame', Buffer.concat([frame(1, 'x', { says: 100n }), Buffer.from('')]), 'cut']
  ]
  for (const [about, bytes, expected] of abuses) {
    const raw = await RawSocket.open(t, app)
    if (expected === 'cut') raw.socket.end()
    const reason = about.startsWith('a good close') ? 'bye' : reasonOf(expected as number)
    t.same(await raw.outcome(bytes), expected === 'cut' ? 'cut' : [expected, reason], about)
    raw.socket.destroy()
  }
  t.equal((await bystander.settled()).length, 1, 'others notice nothing')
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
  t.comment(`${abuses.length} kinds of broken frames`)

  t.test('each is counted by the code that the server closed with', async t => {
    for (const code of [1002, 1003, 1007, 1008, 1009]) {
      const count = abuses.filter(([, , expected]) => expected === code).length
      const line = `belfry_socket_closes_total{code="${code}"} ${count}\n`
      while (!(await app.metrics.registry.metrics()).includes(line)) await new Promise(setImmediate)
      t.pass(line)
    }
  })

  t.test('a message in a thousand fragments, with pings between, is one message', async t => {
    const raw = await RawSocket.open(t, app)
    const bytes = [...'{"type":"nothing"}'.padEnd(1000)].map((char, index) => frame(index === 0 ? 1 : 0, char, { fin: index === 999 }))
    bytes.splice(500, 0, frame(9, 'hi'))
    t.same(await raw.outcome(Buffer.concat([...bytes, closing(1000)])), [1000, ''])
  })

  t.test('20 bad messages are answered, the 21st closes', async t => {
    const socket = await subscribe(t, base, people.erin)
    const bad = ['', 'x', '[]', 'null', '"ping"', '7', '{}', '{"type":7}', '{"type":"__proto__"}', '{"type":"welcome"}', '{"type":"ping","extra":1}', '{"type":"ping","payload":[]}', '{"__proto__":{"type":"ping"}}', '{"type":"read","payload":{"ids":[]}}', '{"type":"read","payload":{"ids":[1]}}', '{"type":"subscribe","payload":{"topics":["a b"]}}', '{"type":"send","payload":{}}', '{"type":"auth"}', '{"id":7,"type":"ping"}', '{"type":"constructor"}']
    for (const message of bad) {
      socket.send(message)
      t.match(await socket.next('error'), { payload: { code: /^BLF_(VALIDATION|BAD_JSON)$/ } }, message)
    }
    socket.send('{}')
    t.match(await socket.closed, { code: 4400 })
  })
})

test('slow requests are cut', async t => {
  const app = await build(t, {}, { deadlines: { headers: 100, request: 200, check: 20 } })
  await listen(app)
  const head = 'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n'
  const slow = {
    'headers that do not end': head,
    'a line that does not end': 'GET /healthz HT',
    'a body that does not end': `${head}\r\n{"username":`,
    'a body without a byte': `${head}\r\n`,
    'chunks that do not end': 'POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n'
  }
  for (const [about, bytes] of Object.entries(slow)) {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', chunk => { received += chunk }).on('error', () => {})
    socket.write(bytes)
    await once(socket, 'close')
    const [first, body] = [received.split('\r\n')[0]!, received.split('\r\n\r\n')[1]!]
    isProblem(t, { status: Number(first.split(' ')[1]), headers: { 'content-type': 'application/problem+json' }, body: JSON.parse(body) }, 'BLF_TIMEOUT', about)
  }
  t.equal((await call(app, people.bob, 'GET', '/api/auth/me')).status, 200)
})
