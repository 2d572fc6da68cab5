import type { Membership } from '../../src/log/audience.ts'
import { placeOf } from './checker/truth.ts'
import { toFrameLog, type Ask, type ConnectionLog, type FrameLog, type Inbox, type SubscriberLog } from './journal.ts'
import { connect, type Line, type Transport } from '../stream/line.ts'
import { tokenOf } from './people.ts'
import type { DeviceAck } from './receipts/journal.ts'
import type { ServerProcess } from './server.ts'
import { Waiting } from './waiting.ts'

export interface SubscriberOptions {
  name: string
  member: Membership
  server: ServerProcess
  /** A WebSocket, if it does not say; a stream cannot ask for anything. */
  transport?: Transport | undefined
  /** The inbox it begins with, or the cursor; without either it begins where it is welcomed. */
  base?: Inbox | undefined
  since?: string | undefined
  /** Asked for every connection: after how many frames to cut it; undefined: leave it. */
  cutAfter?: (() => number | undefined) | undefined
  /** Whether it is a device with a name, which says what it has. */
  isDevice?: boolean | undefined
}

/** Of how many frames a device acknowledges one. */
const ACK_EACH = 15

/** How long it waits for the answer over REST before it goes on, milliseconds. */
const ACK_MS = 5_000

/** How long to stay away after an upgrade that failed. */
const BACKOFF_MS = 20

/** A client as the contract wants one: after every end it comes back with its last cursor. */
export class Subscriber {
  readonly log: SubscriberLog
  cuts = 0
  readonly #options: SubscriberOptions
  #line: Line | undefined
  #cutOff: Line | undefined
  #cursor: string | undefined
  readonly #stopped = Promise.withResolvers<undefined>()
  #isStopped = false
  readonly #waiting = new Waiting()
  readonly #life: Promise<void>

  constructor (options: SubscriberOptions) {
    const { name, member, base, since } = options
    this.#options = options
    this.#cursor = base?.cursor ?? since
    this.log = { name, user: member.id, hasLeft: false, connections: [], ...(base ? { base } : {}) }
    this.#life = this.#live()
    // Who stops it hears of it.
    this.#life.catch(() => {})
  }

  /** The last cursor it got. */
  get cursor (): string | undefined {
    return this.#cursor
  }

  get connection (): ConnectionLog | undefined {
    return this.log.connections.at(-1)
  }

  /** Whether it got a notification on its connection of now and said so, and that was taken. */
  hasAcked (id: string): boolean {
    const { frames = [], acks } = this.connection ?? {}
    const got = frames.find(frame => frame.type === 'notification' && frame.id === id)
    return got !== undefined && [...acks?.values() ?? []].some(({ cursor, isTaken }) => isTaken === true && placeOf(cursor) >= placeOf(got.cursor!))
  }

  /** Resolves when it is connected and welcomed. */
  welcomed (): Promise<void> {
    return this.until(() => this.connection?.closed === undefined && (this.connection?.frames.length ?? 0) > 0)
  }

  /** Resolves when it has got as far as a cursor. */
  reached (cursor: string): Promise<void> {
    const place = placeOf(cursor)
    return this.until(() => this.#cursor !== undefined && placeOf(this.#cursor) >= place)
  }

  /** Resolves when `test` is true after a frame or an end. */
  until (test: () => boolean): Promise<void> {
    return this.#waiting.until(test)
  }

  /** Cuts its connection, without a word. */
  cut (): void {
    this.cuts += 1
    this.#cutOff = this.#line
    this.#line?.terminate()
  }

  /** Stops reading, or reads again. */
  stall (): void { this.#line?.pause() }
  proceed (): void { this.#line?.resume() }

  /** Sends a frame if it is connected; whether it was. */
  send (id: string, frame: { type: string, payload?: unknown }, ask?: Ask): boolean {
    if (!this.#line?.send(JSON.stringify({ id, ...frame })) || !this.connection) return false
    // Before its answer can come.
    if (ask) this.connection.asked.set(id, ask)
    return true
  }

  /** Goes for good: `hasLeft` if before the end. */
  async stop (hasLeft = false): Promise<void> {
    this.log.hasLeft = hasLeft
    this.#isStopped = true
    this.#stopped.resolve(undefined)
    this.#line?.terminate()
    await this.#life
  }

  async #live (): Promise<void> {
    while (!this.#isStopped) {
      const base = await Promise.race([this.#options.server.up(), this.#stopped.promise])
      if (base === undefined || this.#isStopped) return
      const isWelcomed = await this.#connect(base)
      if (!isWelcomed && !this.#isStopped) await new Promise(resolve => setTimeout(resolve, BACKOFF_MS))
    }
  }

  /** One connection's life; whether it was welcomed. */
  async #connect (base: string): Promise<boolean> {
    const { member, cutAfter, transport = 'websocket', isDevice = false } = this.#options
    const since = this.#cursor
    const frames: FrameLog[] = []
    const connection: ConnectionLog = { number: this.log.connections.length, openedAt: Date.now(), since, frames, asked: new Map() }
    this.log.connections.push(connection)
    const cutAt = cutAfter?.()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const line = connect(transport, { base, token: tokenOf(member), since, device: isDevice ? this.#device : undefined }, {
      onOpen: () => { if (cutAt === 0) this.cut() },
      onFrame: text => {
        // What came in one packet with the last frame is behind the cut.
        if (this.#cutOff === line) return
        const frame = toFrameLog(text)
        frames.push(frame)
        // Of whichever frame: all of them are safe to come back with.
        this.#cursor = frame.cursor ?? this.#cursor
        if (isDevice) this.#acknowledge(connection, frame)
        if (frames.length === cutAt) this.cut()
        this.#waiting.wake()
      },
      onClose: code => {
        connection.closed = code
        resolve()
        this.#waiting.wake()
      }
    })
    this.#line = line
    await closed
    if (isDevice && !this.#isStopped && transport === 'sse' && frames.length > 1 && connection.number % 2 === 0) await this.#acknowledgeOver(connection)
    return frames.length > 0
  }

  /** A device's name has no slash. */
  get #device (): string { return this.log.name.replaceAll('/', '.') }

  /** Says what it has when the first event comes, and then now and then; notes what is answered. */
  #acknowledge (connection: ConnectionLog, { type, replyTo, cursor, code }: FrameLog): void {
    const acks = connection.acks ??= new Map()
    const answered = acks.get(replyTo ?? '')
    // Whether it was taken an error of the server leaves open.
    if (answered) Object.assign(answered, { isTaken: type === 'ok' ? true : code === 'BLF_ACK_INVALID' ? false : undefined, at: Date.now() })
    else if (type === 'notification' && (acks.size === 0 || connection.frames.length % ACK_EACH === 0)) {
      const id = `ack-${acks.size}`
      if (this.send(id, { type: 'ack', payload: { cursor } })) acks.set(id, { cursor: cursor!, isTaken: undefined })
    }
  }

  /** Says it over REST for a connection that has ended: whoever was killed meanwhile does not know of it. */
  async #acknowledgeOver ({ frames, acks }: ConnectionLog): Promise<void> {
    const cursor = frames.findLast(({ cursor }) => cursor !== undefined)!.cursor!
    const ack: DeviceAck = { cursor, isTaken: undefined }
    acks!.set('rest', ack)
    const base = await Promise.race([this.#options.server.up(), this.#stopped.promise])
    if (base === undefined) return
    const headers = { authorization: `Bearer ${tokenOf(this.#options.member)}`, 'content-type': 'application/json' }
    const answer = await fetch(`${base}/api/notifications/ack`, { method: 'POST', headers, body: JSON.stringify({ cursor, device: this.#device }), signal: AbortSignal.timeout(ACK_MS) }).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => {})
    if (answer?.status === 200) Object.assign(ack, { isTaken: true, at: Date.now() })
  }
}
