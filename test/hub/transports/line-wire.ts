import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import { attach } from '../../../src/hub/attach.ts'
import { Connection, type Wire } from '../../../src/hub/connection.ts'
import type { Encoding } from '../../../src/hub/encoding.ts'
import type { CloseCode } from '../../../src/protocol/close-codes.ts'
import { mint, type App, type Frame, type Person } from '../../helper.ts'
import { until } from '../../within.ts'

/** A made-up transport, as far from WebSocket as can be: a plain TCP connection, a line per frame, its cursor first. */

/** Counts how often an event is encoded. */
export function lineEncoding (): Encoding & { events: number } {
  return {
    name: 'lines',
    events: 0,
    encodeEvent (text, cursor) {
      this.events += 1
      return Buffer.from(`${cursor} ${text}\n`)
    },
    encodeFrame: frame => Buffer.from(`- ${JSON.stringify(frame)}\n`)
  }
}

class LineWire implements Wire {
  readonly encoding: Encoding
  readonly sink: Socket
  code: CloseCode | undefined

  constructor (encoding: Encoding, sink: Socket) {
    this.encoding = encoding
    this.sink = sink
  }

  get unsent (): number { return this.sink.writableLength }
  write (frames: Buffer): void { this.sink.write(frames) }
  async drained (): Promise<void> {
    if (this.sink.writableNeedDrain) await Promise.race([once(this.sink, 'drain'), once(this.sink, 'close')])
  }

  close (code: CloseCode): void {
    this.code = code
    this.sink.end(`- {"type":"closed","payload":{"code":${code}}}\n`)
  }

  terminate (): void { this.sink.destroy() }
}

export interface LineSubscriber {
  socket: Socket
  wire: Wire & { code: CloseCode | undefined }
  frames: Frame[]
  /** The cursors that stood before the events, in the order of their arrival. */
  cursors: string[]
  /** Resolves when a frame came for which this is true. */
  got: (test: (frame: Frame) => boolean, what: string) => Promise<void>
}

/** Attaches a subscriber of the line transport to an application's hub. */
export async function subscribeByLine (t: Test, app: App, person: Person, { encoding = lineEncoding(), since, maxUnsent = 65_536 }: { encoding?: Encoding, since?: string, maxUnsent?: number } = {}): Promise<LineSubscriber> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [stream] = await once(server, 'connection') as [Socket]
  server.close()
  t.teardown(() => socket.destroy())
  const { hub, hubServices: services } = app
  const identity = await services.authenticate(mint(person), '127.0.0.1')
  const wire = new LineWire(encoding, stream)
  const connection = new Connection(`line of ${person.sub}`, wire, identity, null, maxUnsent)
  stream.on('error', () => {}).on('close', () => {
    connection.isClosed = true
    hub.remove(connection)
    hub.wires.closed(wire)
  })

  const frames: Frame[] = []
  const cursors: string[] = []
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop()!
    for (const line of lines) {
      const space = line.indexOf(' ')
      if (line[0] !== '-') cursors.push(line.slice(0, space))
      frames.push(JSON.parse(line.slice(space + 1)) as Frame)
    }
  }).on('error', () => {})
  const got = (test: (frame: Frame) => boolean, what: string) => until(what, () => frames.some(test))
  await attach(connection, { hub, services, currentSubscriber: () => services.currentSubscriber(identity), heartbeatSeconds: 25, since })
  await got(({ type }) => type === 'welcome', 'the welcome')
  return { socket, wire, frames, cursors, got }
}
