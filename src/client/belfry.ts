import type { Send } from '../protocol/client-frames.ts'
import type { Welcome } from '../protocol/server-frames.ts'
import { Connection } from './connection/connection.ts'
import { Http } from './connection/http.ts'
import { subjectOf, Tokens } from './connection/tokens.ts'
import { BelfryError } from './errors.ts'
import { Emitter, reportFault, type Events, type State } from './events.ts'
import { settingsOf, type BelfryOptions, type Settings } from './options.ts'
import { currentPlatform, type Platform } from './platform.ts'
import { Sender, type SendOptions } from './sending/sender.ts'
import type { BatchItem, Broadcast, Broadcasted, BroadcastTarget, Scheduled, Sent } from './sending/types.ts'
import { Tabs } from './tabs/tabs.ts'
import { Wakefulness } from './wakefulness.ts'

/** The code of a `disconnected` that the application asked for. RFC 6455 §7.4.1. */
const NORMAL = 1000
/** The code of a `connecting` because the page was put to sleep or another tab took over. */
const AWAY = 1001

/**
 * A client of a Belfry server, in a page or in Node. It receives every notification of its user, in order and once, as
 * long as it is connected and after each interruption, and sends notifications.
 *
 * ```js
 * const client = new Belfry('https://belfry.example.com', { getToken: () => fetch('/token').then(answer => answer.text()) })
 * client.on('notification', ({ payload }) => console.log(payload.title))
 * client.connect()
 * ```
 */
export class Belfry {
  readonly #settings: Settings
  readonly #platform: Platform
  readonly #emitter = new Emitter()
  readonly #tokens: Tokens
  readonly #http: Http
  readonly #connection: Connection
  readonly #tabs: Tabs
  readonly #sender: Sender
  readonly #wakefulness: Wakefulness
  #welcome: Welcome | undefined
  /** The user whose token was used last. */
  #subject: string | undefined
  /** Why the state is what it is. */
  #cause = { code: NORMAL, reason: 'connect was not called yet' }

  /**
   * Does nothing until it is told to. `url` is the base address of the server; in a page it may be relative. Throws a
   * TypeError for an option that is wrong. `platform` is for tests.
   */
  constructor (url: string | URL, options: BelfryOptions = {}, platform: Platform = currentPlatform()) {
    const settings = settingsOf(url, options)
    const { base, topics, device, shareTabs, timeout, token, getToken } = settings
    // Tabs share a connection only if it would be the same one.
    const scope = ['belfry/1', base, device, topics && [...topics].sort()].map(String).join(' ')
    this.#settings = settings
    this.#platform = platform
    this.#tokens = new Tokens({ token, getToken, timeout, scope }, platform)
    this.#tokens.onToken = fetched => {
      this.#tabs.tell({ kind: 'token', token: fetched })
      this.#connection.renew(fetched)
    }
    this.#http = new Http(settings, platform, this.#tokens)
    this.#sender = new Sender(settings, platform, this.#http)
    this.#connection = new Connection({
      settings,
      platform,
      tokens: this.#tokens,
      http: this.#http,
      lead: (current, isNeeded) => this.#lead(current, isNeeded),
      onFrame: (frame, previous) => {
        this.#tabs.tellFrame({ frame, previous })
        if (frame.type === 'welcome') this.#welcome = frame.payload
        this.#emitter.frame(frame)
      },
      onState: (state, code, reason) => this.#changed(state, code, reason),
      onError: (code, reason) => this.#emitter.emit('error', { code, reason })
    })
    this.#tabs = new Tabs({
      platform,
      scope: shareTabs ? scope : undefined,
      status: () => ({ state: this.state, ...this.#cause, welcome: this.#welcome, cursor: this.#connection.position.cursor }),
      onStatus: ({ state, code, reason, welcome, cursor }) => {
        this.#welcome = welcome
        this.#connection.position.cursor ??= cursor
        if (state !== 'disconnected') this.#connection.set(state, code, state === 'connected' ? 'tab' : reason)
      },
      onFrame: frame => this.#connection.receive(frame),
      onElected: () => {},
      onDeposed: () => this.#connection.restart(AWAY, 'another tab has the connection'),
      onEnd: (code, reason) => this.#connection.stop(code, reason),
      onToken: fetched => {
        this.#tokens.got(fetched)
        this.#connection.renew(fetched)
      },
      onLogout: () => { this.#forget('logout was called in another tab').catch(reportFault) },
      onTabMessage: () => {}
    })
    this.#wakefulness = new Wakefulness(platform.page, {
      onWake: () => this.#connection.wake(),
      onSleep: () => {
        this.#connection.pause(AWAY, 'the page sleeps')
        this.#tabs.leave()
      },
      onRise: () => this.#connection.restart(AWAY, 'the page is awake again')
    })
  }

  /** Whether it is connected, here or through another tab. */
  get state (): State { return this.#connection.state }

  /** The id of the user whose notifications it receives; undefined while it is not known, and for an API key. */
  get user (): string | undefined { return this.#welcome?.user?.id ?? this.#subject }

  /** Connects, and stays connected until `disconnect`. Does nothing if it is connected, or is about to be. */
  connect (): void {
    if (this.state !== 'disconnected') return
    this.#wakefulness.start()
    this.#connection.start(0, 'connect was called')
  }

  /** Disconnects. It keeps its token and its place, so that after a further `connect` nothing is missed. */
  disconnect (): void {
    this.#connection.stop(NORMAL, 'disconnect was called')
  }

  /** Resolves when it is connected; at once if it is. Rejects with a `BelfryError` when it is disconnected. */
  async ready (): Promise<void> {
    if (this.state === 'connected') return
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new BelfryError('disconnected', `Not connected: ${this.#cause.reason} (${this.#cause.code}).`))
      if (this.state === 'disconnected') return fail()
      const end = this.on('state', ({ state }) => {
        if (state === 'connecting') return
        end()
        if (state === 'connected') resolve()
        else fail()
      })
    })
  }

  /**
   * Gives it another token, for the connection that is open too. With the token of another user it starts over as that
   * user.
   */
  setToken (token: string): void {
    this.#tokens.set(token)
    this.#tabs.tell({ kind: 'token', token })
    if (this.#subject !== undefined && this.#subject !== subjectOf(token)) this.#connection.restart(AWAY, 'another user')
    else this.#connection.renew(token)
  }

  /**
   * Disconnects this and the other tabs of its user, and forgets the token, its place and what is stored. To end the
   * session, call `POST /api/auth/logout` before.
   */
  async logout (): Promise<void> {
    this.#tabs.tell({ kind: 'logout' })
    await this.#forget('logout was called')
  }

  /**
   * Calls `listener` whenever `event` happens; returns a function that ends that. Events are those of the client (`state`,
   * `connecting`, `connected`, `disconnected`, `error`) and the types of the server's frames, with the whole frame:
   * `notification`, `notification.read`, `gap`…
   */
  on<K extends keyof Events> (event: K, listener: (event: Events[K]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  /**
   * Sends a notification once: it gets an id here, unless it has one, and is sent again with the same id for
   * `sendTimeout` while no answer comes or the server is busy. Sends do not wait for each other. Throws a `BelfryError`:
   * its `code` says why, and with its `id` sending again is safe.
   */
  async send (notification: Send, options?: SendOptions): Promise<Sent | Scheduled> {
    return await this.#sender.send(notification, options)
  }

  /** Broadcasts a notification to a company, to a role or to a group, as `send` does. Throws as `send`. */
  async broadcast (target: BroadcastTarget, notification: Broadcast, options?: SendOptions): Promise<Broadcasted | Scheduled> {
    return await this.#sender.broadcast(target, notification, options)
  }

  /**
   * Sends any number of notifications, up to 500 in one request. Returns what came of each, in the same order: where it
   * was sent, or the `BelfryError` for which it was not. Throws `queue_full` only.
   */
  async sendBatch (notifications: readonly Send[], options?: SendOptions): Promise<(BatchItem | BelfryError)[]> {
    return await this.#sender.sendBatch(notifications, options)
  }

  /** A token is there: finds out where its user's inbox goes on, and waits until this tab may have the connection. */
  async #lead (token: string, isNeeded: () => boolean): Promise<void> {
    const subject = subjectOf(token)
    if (subject !== this.#subject && this.#subject !== undefined) this.#reset()
    this.#subject = subject
    if (isNeeded()) await this.#tabs.lead(token)
  }

  async #forget (reason: string): Promise<void> {
    this.#tokens.set(undefined)
    this.#connection.stop(NORMAL, reason)
    this.#reset()
  }

  #reset (): void {
    this.#connection.position.cursor = undefined
    this.#welcome = undefined
    this.#subject = undefined
  }

  #changed (state: State, code: number, reason: string): void {
    const cause = { code, reason }
    const previous = this.#previous
    this.#previous = state
    this.#cause = cause
    if (state === 'disconnected') {
      if (code !== NORMAL) this.#tabs.tellEnd(code, reason)
      this.#tabs.leave()
      this.#wakefulness.stop()
    } else {
      this.#tabs.tellStatus()
    }
    this.#emitter.emit('state', { state, previous, ...cause })
    // Who was told first may have changed it again.
    if (this.state !== state) return
    if (state === 'connected') this.#emitter.emit('connected', { transport: reason })
    else this.#emitter.emit(state, cause)
  }

  #previous: State = 'disconnected'
}
