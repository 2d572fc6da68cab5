import { parseCursor, type ParsedCursor } from '../../../src/protocol/cursor.ts'
import type { ServerFrame } from '../../../src/protocol/server-frames.ts'
import type { Answer, ConnectionState, Core, InboxStorage } from '../../../src/client/seam.ts'
import { errorOf } from '../../../src/client/shared/answer.ts'
import { createInboxes, type Inbox, type InboxFilter } from '../../../src/client/inbox/index.ts'
import { HandClock, settled } from './hand-clock.ts'
import { ModelServer } from './model.ts'
import type { Dialect } from './notes.ts'

/** A call on its way: to the server, and after `process` back from it. */
interface Call {
  tab: Tab
  process: () => Answer
  answer?: Answer
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

/** A page in one browser. */
export class Tab implements Core {
  readonly base = 'http://model'
  readonly errorOf = errorOf
  readonly user = 'u'
  readonly clock: HandClock
  readonly onLeave = new Set<() => void>()
  readonly inboxes: ReturnType<typeof createInboxes>
  readonly lists: Inbox[]
  readonly errors: { code: string, reason: string }[] = []
  connection: ConnectionState = 'connecting'
  leads = false
  /** What other tabs sent, in its order. */
  readonly mail: (() => void)[] = []
  /** The cursor of the last frame that it got. */
  cursor: string | undefined
  /** The place in the log of the latest page that it got: ahead of the frames that it got, perhaps. */
  page: ParsedCursor | null = null
  #world: World

  constructor (world: World, filters: InboxFilter[], storage?: InboxStorage) {
    this.#world = world
    this.clock = world.clock
    this.inboxes = createInboxes(this, storage)
    this.lists = filters.map(filter => this.inboxes.inbox(filter))
  }

  get isFiltered (): boolean { return this.#world.isFiltered }

  call (method: string, path: string, body?: unknown): Promise<Answer> {
    if (this.connection !== 'connected') return Promise.reject(new Error('offline'))
    const process = () => this.#world.answer(method, path, body as Record<string, unknown>)
    return new Promise((resolve, reject) => this.#world.calls.push({
      tab: this,
      process,
      resolve: answer => {
        const page = answer.body?.items && parseCursor(answer.body.cursor)
        if (page && (page.epoch !== this.page?.epoch || page.seq > this.page!.seq)) this.page = page
        resolve(answer)
      },
      reject
    }))
  }

  broadcastToTabs (message: unknown): void {
    for (const tab of this.#world.tabs) if (tab !== this) tab.mail.push(() => tab.inboxes.onTabMessage(structuredClone(message)))
  }

  report (error: { code: string, reason: string }): void {
    this.errors.push(error)
  }

  frame (frame: ServerFrame): void {
    if ('cursor' in frame && frame.cursor !== undefined) this.cursor = frame.cursor
    this.inboxes.onFrame(frame)
  }

  connected (connection: ConnectionState): void {
    this.connection = connection
    this.inboxes.onConnection()
  }
}

/** A server, the tabs of one browser, and the network between them, moved step by step. */
export class World {
  readonly clock = new HandClock()
  readonly server: ModelServer
  readonly tabs: Tab[] = []
  calls: Call[] = []
  /** Whether the connection has a filter of topics. */
  isFiltered = false
  /** Frames on their way to the leading tab; undefined: no socket. */
  socket: ServerFrame[] | undefined

  constructor (dialect: Dialect) {
    this.server = new ModelServer(() => this.clock.now(), dialect)
    this.server.onEvent = ({ frame }) => this.socket?.push(structuredClone(frame))
  }

  answer (method: string, path: string, body: Record<string, unknown> = {}): Answer {
    const { pathname, searchParams } = new URL(path, 'http://model')
    const parts = pathname.replace('/api/notifications/', '').split('/').map(decodeURIComponent)
    if (method === 'GET') return parts[1] === 'unread-count' ? this.server.count() : this.server.page(searchParams)
    switch (parts[0]) {
      case 'mark': return this.server.mark(body['as'] as string, body['ids'] as string[], body['since'] as string)
      case 'read-all': return this.server.readAll(body['before'] as string, body['topic'] as string, body['since'] as string)
      case 'seen': return this.server.see(body['cursor'] as string)
      default: return this.server.act(parts[0]!, parts[2]!)
    }
  }

  get leader (): Tab | undefined { return this.tabs.find(({ leads }) => leads) }

  /** Opens a tab. The first one leads; another one is told how far the leading one is. */
  async open (filters: InboxFilter[], storage?: InboxStorage): Promise<Tab> {
    const tab = new Tab(this, filters, storage)
    const { leader } = this
    this.tabs.push(tab)
    tab.leads = !leader
    if (!leader) tab.cursor = await tab.inboxes.since()
    else if (leader.connection === 'connected') {
      tab.connected('connected')
      if (leader.cursor !== undefined) tab.frame({ type: 'gap', cursor: leader.cursor, payload: { reason: 'expired' } })
    }
    return tab
  }

  /** A tab is closed, or frozen for good. Its messages that are on their way arrive. */
  close (tab: Tab): void {
    this.tabs.splice(this.tabs.indexOf(tab), 1)
    for (const call of this.calls) if (call.tab === tab) call.answer ??= { status: 0, body: undefined }
    if (!tab.leads) return
    this.cut()
    const [next] = this.tabs
    if (!next) return
    next.leads = true
    next.inboxes.onConnection()
  }

  connect (): void {
    const { leader } = this
    if (!leader || this.socket) return
    this.socket = this.server.attach(leader.cursor)
  }

  cut (): void {
    if (!this.socket) return
    this.socket = undefined
    for (const tab of this.tabs) tab.connected('connecting')
  }

  /** The leading tab gets its next frame, and passes it on. */
  deliver (): boolean {
    const frame = this.socket?.shift()
    const { leader } = this
    if (!frame || !leader) return false
    if (frame.type === 'welcome') leader.connected('connected')
    leader.frame(frame)
    for (const tab of this.tabs) {
      if (tab === leader) continue
      tab.mail.push(() => {
        // A tab that leads by now has what its own connection replays.
        if (tab.leads) return
        if (frame.type === 'welcome') tab.connected('connected')
        tab.frame(structuredClone(frame))
      })
    }
    return true
  }

  deliverAll (): void {
    while (this.deliver());
  }

  /** A call reaches the server, or its answer the tab; or it is lost on the way. */
  step (n: number, isLost: boolean): boolean {
    const call = this.calls[n]
    if (!call) return false
    if (isLost) {
      this.calls.splice(n, 1)
      call.reject(new Error('lost'))
    } else if (call.answer) {
      this.calls.splice(n, 1)
      if (call.answer.status !== 0) call.resolve(structuredClone(call.answer))
    } else {
      call.answer = call.process()
    }
    return true
  }

  /** Everything arrives, until nothing is left to do. */
  async settle (): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      await settled()
      this.connect()
      let isBusy = false
      while (this.deliver()) isBusy = true
      for (const tab of this.tabs) for (let mail = tab.mail.shift(); mail; mail = tab.mail.shift()) { mail(); isBusy = true }
      while (this.step(0, false)) isBusy = true
      await settled()
      // Retries and what is spread over time.
      if (!isBusy) await this.clock.advance(35_000)
      quiet = isBusy || this.calls.length > 0 || this.tabs.some(({ mail }) => mail.length > 0) ? 0 : quiet + 1
    }
  }
}
