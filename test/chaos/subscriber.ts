import type { Membership } from '../../src/log/audience.ts'
import { placeOf } from './checker/truth.ts'
import { toFrameLog, type Ask, type ConnectionLog, type FrameLog, type Inbox, type SubscriberLog } from './journal.ts'
import { connect, type Line, type Transport } from '../stream/line.ts'
import { tokenOf } from './people.ts'
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
}

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
    const { member, cutAfter, transport = 'websocket' } = this.#options
    const since = this.#cursor
    const frames: FrameLog[] = []
    const connection: ConnectionLog = { number: this.log.connections.length, openedAt: Date.now(), since, frames, asked: new Map() }
    this.log.connections.push(connection)
    const cutAt = cutAfter?.()
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const line = connect(transport, { base, token: tokenOf(member), since }, {
      onOpen: () => { if (cutAt === 0) this.cut() },
      onFrame: text => {
        // What came in one packet with the last frame is behind the cut.
        if (this.#cutOff === line) return
        const frame = toFrameLog(text)
        frames.push(frame)
        // Of whichever frame: all of them are safe to come back with.
        this.#cursor = frame.cursor ?? this.#cursor
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
    return frames.length > 0
  }
}
