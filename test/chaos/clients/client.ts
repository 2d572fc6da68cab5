import { Belfry, webSocket, type Inbox, type WebSocketClass } from '../../../src/client/index.ts'
import { sse } from '../../../src/client/sse.ts'
import type { Membership } from '../../../src/log/audience.ts'
import type { Proxy } from '../../services/proxy.ts'
import type { Transport } from '../../stream/line.ts'
import type { SubscriberLog, WireFrame } from '../journal.ts'
import { briefTokenOf } from '../people.ts'
import { ClientLog, toldTypes } from './client-log.ts'

export interface ClientOptions {
  name: string
  member: Membership
  /** A WebSocket, if it does not say. */
  transport?: Transport | undefined
  /** Asked for every connection: after how many events to cut it; undefined: leave it. */
  cutAfter?: (() => number | undefined) | undefined
  /** Whether it keeps an inbox on a screen, too. True if it does not say. */
  hasScreen?: boolean | undefined
  /** What its WebSockets are instead of those of Node. */
  websocket?: WebSocketClass | undefined
  /** How long its first token is good for, seconds: 2 if it does not say, so that it is renewed in every run. */
  firstTokenS?: number | undefined
  /** Breaks it, before it is used. */
  mutate?: ((client: Belfry) => void) | undefined
}

/** How long all others are good for, seconds: less than a long run. */
export const TOKEN_S = 30
/** The waits before it reconnects, milliseconds. */
const DELAYS = { minReconnectDelay: 20, maxReconnectDelay: 200 }
/** The most that a page has, and how many pages are compared at the end. */
const PAGE = 200
const PAGES = 5

/** Our client in Node, through a proxy of its own that can be cut. */
export class ClientSubscriber extends ClientLog {
  readonly client: Belfry
  readonly inbox: Inbox | undefined
  /** Why it gave up, and what it complained about, the newest last. */
  readonly complaints: string[] = []
  cuts = 0
  readonly #proxy: Proxy
  readonly #options: ClientOptions
  #cutAt: number | undefined
  #heard = 0
  readonly #endScreen: (() => void) | undefined

  constructor (options: ClientOptions, proxy: Proxy) {
    const { name, member, transport = 'websocket', hasScreen = true, websocket = WebSocket as WebSocketClass, firstTokenS = 2 } = options
    const log: SubscriberLog = { name, user: member.id, hasLeft: false, connections: [], client: 'node', ...(hasScreen ? { screens: [], wishes: [] } : {}) }
    super(log)
    this.#options = options
    this.#proxy = proxy
    const opens = (url: string) => this.#opens(url)
    this.client = new Belfry(`http://127.0.0.1:${proxy.port}`, {
      ...DELAYS,
      token: briefTokenOf(member, firstTokenS),
      getToken: () => briefTokenOf(member, TOKEN_S),
      transports: [transport === 'sse' ? sse : webSocket],
      websocket: class extends (websocket as typeof WebSocket) {
        constructor (url: string, protocols: string[]) {
          super(url, protocols)
          opens(url)
        }
      },
      fetch: async (input, init) => {
        if (/\/sse\//.test(String(input))) opens(String(input))
        return await fetch(input, init)
      }
    })
    options.mutate?.(this.client)
    for (const type of toldTypes) this.client.on(type, (frame: object) => this.#hears(frame as WireFrame))
    this.client.on('connecting', ({ code }) => this.ends(code))
    this.client.on('disconnected', ({ code, reason }) => {
      this.ends(code)
      if (!this.isOver) this.complaints.push(`${name} gave up: ${reason} (${code})`)
    })
    this.client.on('error', ({ code, reason }) => this.complaints.push(`${name}: ${code}: ${reason}`))
    this.inbox = hasScreen ? this.client.inbox({ limit: PAGE }) : undefined
    this.#endScreen = this.inbox?.subscribe(() => this.shows(this.inbox!.getSnapshot()))
    this.client.connect()
  }

  /** Resolves when it is connected and welcomed. */
  welcomed (): Promise<void> {
    return this.until(() => this.connection !== undefined && this.connection.closed === undefined)
  }

  /** Cuts its connection and its requests, without a word. */
  cut (): void {
    this.cuts += 1
    this.#proxy.cut()
  }

  /** Cuts it off, and lets nothing through before `letIn`. */
  keepOut (): void {
    this.#proxy.weather = 'refuse'
    this.cut()
  }

  letIn (): void {
    this.#proxy.weather = 'fair'
  }

  /** Resolves when its inbox says that it is whole, down to where it is compared. */
  async settled (): Promise<void> {
    if (!this.inbox) return
    const { inbox } = this
    this.shows(inbox.getSnapshot())
    await this.until(() => this.isCurrent)
    for (let pages = 1; pages < PAGES && inbox.getSnapshot().hasMore; pages++) {
      await inbox.fetchNextPage()
      await this.until(() => this.isCurrent)
    }
    this.shows(inbox.getSnapshot())
  }

  /** Goes for good: `hasLeft` if before the end. */
  async stop (hasLeft = false): Promise<void> {
    this.log.hasLeft ||= hasLeft
    this.isOver = true
    // Who looks at an inbox waits for what expires in it.
    this.#endScreen?.()
    this.client.disconnect()
    this.#proxy.cut()
  }

  #opens (url: string): void {
    this.asks(new URL(url).searchParams.get('since') ?? undefined)
    this.#heard = 0
    this.#cutAt = this.#options.cutAfter?.()
    // Before the server's answer can come.
    if (this.#cutAt === 0) this.cut()
  }

  #hears (frame: WireFrame): void {
    this.tells(frame)
    if (++this.#heard === this.#cutAt) this.cut()
  }
}
