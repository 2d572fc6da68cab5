import type { Welcome } from '../protocol/server-frames.ts'
import { Connection } from './connection/connection.ts'
import { errorOf, Http } from './connection/http.ts'
import { subjectOf, Tokens, within } from './connection/tokens.ts'
import { BelfryError } from './errors.ts'
import { reportFault, type Cause, type Emitter, type State } from './events.ts'
import { createInboxes, type Inbox, type InboxesOfClient, type InboxFilter } from './inbox/index.ts'
import { assertToken, type Settings } from './options.ts'
import type { Platform } from './platform.ts'
import type { Answer } from './seam.ts'
import { Tabs } from './tabs/tabs.ts'
import { Wakefulness } from './wakefulness.ts'

/** The code of a `disconnected` that the application asked for. RFC 6455 §7.4.1. */
const NORMAL = 1000
/** The code of a `connecting` because the page was put to sleep or another tab took over. */
const AWAY = 1001

/** Who is logged in here: joins the token, the connection, the other tabs and the inboxes of one user at a time. */
export class Session {
  readonly http: Http
  /** Made when one is asked for: who only listens, or only sends, needs none. */
  #inboxes: InboxesOfClient | undefined
  readonly #emitter: Emitter
  readonly #settings: Settings
  readonly #platform: Platform
  readonly #tokens: Tokens
  readonly #connection: Connection
  readonly #tabs: Tabs
  readonly #wakefulness: Wakefulness
  #welcome: Welcome | undefined
  /** The user whose token was used last. */
  #subject: string | undefined
  /** Resolves when nothing of the user before is stored any more. */
  #wiped: Promise<void> | undefined
  #isLoggedOut = false
  #previous: State = 'disconnected'
  /** Why the state is what it is. */
  cause: Cause = { code: NORMAL, reason: 'connect was not called yet' }

  constructor (settings: Settings, platform: Platform, emitter: Emitter) {
    const { base, topics, device, shareTabs, timeout, token, getToken } = settings
    // Tabs share a connection only if it would be the same one.
    const scope = ['belfry/1', base, device, topics && [...topics].sort()].map(String).join(' ')
    this.#settings = settings
    this.#platform = platform
    this.#emitter = emitter
    this.#tokens = new Tokens({ token, getToken, timeout, scope }, platform)
    this.#tokens.onToken = fetched => this.#goOnWith(fetched)
    this.http = new Http(settings, platform, this.#tokens)
    this.#connection = new Connection({
      settings,
      platform,
      tokens: this.#tokens,
      http: this.http,
      lead: async (current, isNeeded) => await this.#lead(current, isNeeded),
      onFrame: (frame, previous) => {
        this.#tabs.tellFrame({ frame, previous })
        if (frame.type === 'welcome') this.#welcome = frame.payload
        this.#inboxes?.onFrame(frame)
        emitter.frame(frame)
      },
      onState: (state, code, reason) => this.#changed(state, { code, reason }),
      onError: (code, reason) => emitter.emit('error', { code, reason })
    })
    this.#tabs = new Tabs({
      platform,
      scope: shareTabs ? scope : undefined,
      status: () => ({ state: this.state, ...this.cause, welcome: this.#welcome, cursor: this.#connection.position.cursor }),
      onStatus: ({ state, code, reason, welcome, cursor }) => {
        this.#welcome = welcome
        this.#begin(cursor)
        if (state !== 'disconnected') this.#connection.set(state, code, state === 'connected' ? 'tab' : reason)
      },
      onFrame: frame => this.#connection.receive(frame),
      onElected: () => this.#inboxes?.onConnection(),
      onDeposed: () => {
        this.#connection.restart(AWAY, 'another tab has the connection')
        this.#inboxes?.onConnection()
      },
      onEnd: (code, reason) => this.#connection.stop(code, reason),
      onToken: fetched => {
        if (subjectOf(fetched) !== this.#subject) return
        this.#tokens.got(fetched)
        this.#connection.renew(fetched)
      },
      onLogout: () => { this.#forget('logout was called in another tab').catch(reportFault) },
      onTabMessage: data => this.#inboxes?.onTabMessage(data)
    })
    this.#wakefulness = new Wakefulness(platform.page, {
      onWake: () => this.#connection.wake(),
      onSleep: () => {
        this.#connection.pause(AWAY, 'the page sleeps')
        this.#tabs.leave()
      },
      onRise: () => this.#connection.restart(AWAY, 'the page is awake again')
    })
    if (settings.storage) this.#inboxes = this.#createInboxes()
  }

  get state (): State { return this.#connection.state }

  get user (): string | undefined { return this.#welcome?.user?.id ?? this.#subject }

  connect (): void {
    if (this.state !== 'disconnected') return
    this.#isLoggedOut = false
    this.#wakefulness.start()
    this.#connection.start(0, 'connect was called')
  }

  disconnect (): void {
    this.#connection.stop(NORMAL, 'disconnect was called')
  }

  setToken (token: string): void {
    assertToken(token)
    this.#tokens.set(token)
    this.#goOnWith(token)
  }

  async logout (): Promise<void> {
    this.#tabs.tell({ kind: 'logout' })
    await this.#forget('logout was called')
  }

  /** The list of a filter. */
  inbox (filter?: InboxFilter): Inbox {
    if (!this.#inboxes) {
      this.#inboxes = this.#createInboxes()
      this.#tellStart()
    }
    return this.#inboxes.inbox(filter)
  }

  /** There is another token: for all tabs of its user, but another user starts over without them. */
  #goOnWith (token: string): void {
    const [before, now] = [this.#subject, subjectOf(token)]
    // A ticket names nobody: the welcome says whose it was. An API key has no user.
    const isOther = before === undefined ? this.#welcome && now !== undefined && now !== this.#welcome.user?.id : now !== before
    if (isOther) {
      this.#reset().catch(reportFault)
      return this.#connection.restart(AWAY, 'another user')
    }
    this.#tabs.tell({ kind: 'token', token })
    this.#connection.renew(token)
  }

  /** This tab begins where the tab that leads is. */
  #begin (cursor: string | undefined): void {
    const { position } = this.#connection
    if (position.cursor !== undefined || cursor === undefined) return
    position.cursor = cursor
    this.#tellStart()
  }

  /** Tells the inboxes from where on they hear of everything: what they fetch must not be older. */
  #tellStart (): void {
    const { cursor } = this.#connection.position
    if (cursor !== undefined) this.#inboxes?.onFrame({ type: 'gap', cursor, payload: { reason: 'expired' } })
  }

  #createInboxes (): InboxesOfClient {
    const session = this
    const { wall: now, random, after } = this.#platform
    return createInboxes({
      base: this.#settings.base,
      get user () { return session.user },
      get connection () { return session.state },
      get leads () { return session.#tabs.leads },
      clock: { now, random, setTimeout: (fn, ms) => after(ms, fn), clearTimeout: stop => (stop as (() => void) | undefined)?.() },
      call: async (method, path, body) => await this.#call(method, path, body),
      broadcastToTabs: data => this.#tabs.tell({ kind: 'inboxes', data }),
      report: failure => this.#emitter.emit('error', failure)
    }, this.#settings.storage)
  }

  /** A request of an inbox. After a logout there is nobody whose inbox it would be. */
  async #call (method: string, path: string, body: unknown): Promise<Answer> {
    if (this.#isLoggedOut) throw new BelfryError('disconnected', 'Nobody is logged in.')
    const answer = await this.http.call(method, path, body)
    if (answer.body === undefined) throw errorOf(answer)
    return answer
  }

  /** A token is there: finds out where its user's inbox goes on, and waits until this tab may have the connection. */
  async #lead (token: string, isNeeded: () => boolean): Promise<void> {
    const { position } = this.#connection
    const subject = subjectOf(token)
    if (!isNeeded()) return
    // The inbox of somebody else is emptied before anything is shown of this one.
    if (this.#subject !== undefined && subject !== this.#subject) this.#reset().catch(reportFault)
    await this.#wiped
    if (!isNeeded()) return
    this.#subject = subject
    const inboxes = this.#inboxes
    if (position.cursor === undefined && inboxes) {
      const since = await within(this.#platform, this.#settings.timeout, async () => await inboxes.since()).catch(() => undefined)
      if (!isNeeded()) return
      position.cursor ??= since
    }
    await this.#tabs.lead(token)
  }

  async #forget (reason: string): Promise<void> {
    this.#isLoggedOut = true
    this.#tokens.set(undefined)
    this.#connection.stop(NORMAL, reason)
    await this.#reset()
  }

  /** Leaves the user: what is told or fetched from now on is of nobody, until there is a token again. */
  async #reset (): Promise<void> {
    this.#tabs.leave()
    const wiped = this.#inboxes?.onLogout()
    this.#wiped = wiped?.catch(() => {})
    this.#connection.position.cursor = undefined
    this.#welcome = undefined
    this.#subject = undefined
    await wiped
  }

  #changed (state: State, cause: Cause): void {
    const previous = this.#previous
    this.#previous = state
    this.cause = cause
    if (state === 'disconnected') {
      this.#inboxes?.onDisconnect()
      if (cause.code !== NORMAL) this.#tabs.tellEnd(cause.code, cause.reason)
      this.#tabs.leave()
      this.#wakefulness.stop()
    } else {
      this.#tabs.tellStatus()
    }
    this.#inboxes?.onConnection()
    this.#emitter.emit('state', { state, previous, ...cause })
    // Who was told first may have changed it again.
    if (this.state !== state) return
    if (state === 'connected') this.#emitter.emit('connected', { transport: cause.reason })
    else this.#emitter.emit(state, cause)
  }
}
