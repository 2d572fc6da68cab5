import { WebSocket } from 'ws'
import type { Membership } from '../../src/log/audience.ts'
import { placeOf } from './checker/truth.ts'
import { toFrameLog, type Ask, type ConnectionLog, type FrameLog, type Inbox, type SubscriberLog } from './journal.ts'
import { tokenOf } from './people.ts'
import type { ServerProcess } from './server.ts'

export interface SubscriberOptions {
  name: string
  member: Membership
  server: ServerProcess
  /** The inbox it begins with, or the cursor; without either it begins where it is welcomed. */
  base?: Inbox | undefined
  since?: string | undefined
  /** Asked for every connection: after how many frames to cut it; undefined: leave it. */
  cutAfter?: (() => number | undefined) | undefined
}

/** How long to stay away after an upgrade that failed. */
const BACKOFF_MS = 20

/** A client as the contract wants one: after every end it comes back with its last cursor. */
export class Subscriber {
  readonly log: SubscriberLog
  cuts = 0
  readonly #options: SubscriberOptions
  #socket: WebSocket | undefined
  #cutOff: WebSocket | undefined
  #cursor: string | undefined
  readonly #stopped = Promise.withResolvers<undefined>()
  #isStopped = false
  #waiting: { test: () => boolean, resolve: () => void }[] = []
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
    if (test()) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ test, resolve })
    return promise
  }

  /** Cuts its connection, without a word. */
  cut (): void {
    this.cuts += 1
    this.#cutOff = this.#socket
    this.#socket?.terminate()
  }

  /** Stops reading, or reads again. */
  stall (): void { this.#socket?.pause() }
  proceed (): void { this.#socket?.resume() }

  /** Sends a frame if it is connected; whether it was. */
  send (id: string, frame: { type: string, payload?: unknown }, ask?: Ask): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN || !this.connection) return false
    if (ask) this.connection.asked.set(id, ask)
    this.#socket.send(JSON.stringify({ id, ...frame }))
    return true
  }

  /** Goes for good: `hasLeft` if before the end. */
  async stop (hasLeft = false): Promise<void> {
    this.log.hasLeft = hasLeft
    this.#isStopped = true
    this.#stopped.resolve(undefined)
    this.#socket?.terminate()
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
    const { member, cutAfter } = this.#options
    const since = this.#cursor
    const query = since === undefined ? '' : `?since=${since}`
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ws/notifications${query}`, {
      headers: { authorization: `Bearer ${tokenOf(member)}` }
    })
    this.#socket = socket
    const frames: FrameLog[] = []
    const connection: ConnectionLog = { number: this.log.connections.length, openedAt: Date.now(), since, frames, asked: new Map() }
    this.log.connections.push(connection)
    const cutAt = cutAfter?.()
    if (cutAt === 0) socket.on('open', () => this.cut())
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    socket.on('message', data => {
      // What came in one packet with the last frame is behind the cut.
      if (this.#cutOff === socket) return
      const frame = toFrameLog(String(data))
      frames.push(frame)
      // Of whichever frame: all of them are safe to come back with.
      this.#cursor = frame.cursor ?? this.#cursor
      if (frames.length === cutAt) this.cut()
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', code => {
      connection.closed = code
      resolve()
      this.#wake()
    })
    await closed
    return frames.length > 0
  }

  #wake (): void {
    const ready = this.#waiting.filter(({ test }) => test())
    this.#waiting = this.#waiting.filter(waiting => !ready.includes(waiting))
    for (const { resolve } of ready) resolve()
  }
}
