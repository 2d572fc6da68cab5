import type { ServerFrame, Welcome } from '../../protocol/server-frames.ts'
import type { BelfryError } from '../errors.ts'
import { reportFault, type State } from '../events.ts'
import type { Link, LinkEnd, LinkEvents } from '../transport.ts'
import { Choice } from './choice.ts'
import type { ConnectionDeps } from './deps.ts'
import { parseFrame, Position } from './frames.ts'
import { Pulse } from './pulse.ts'
import { Backoff, boundedWait, reasonOf } from './rules.ts'
import { subjectOf } from './tokens.ts'
import { saysWhy, verdictOfEnd, verdictOfFailure, type Verdict } from './verdict.ts'

/** A second refusal of credentials within this time is final. */
const REFUSAL_MS = 30_000

/**
 * Keeps one link to the server: gets a token, opens a link, is welcomed, and starts over when the link ends.
 *
 *   start → #begin (token, lead) → #open → welcome: connected
 *              ↑                      ↓          ↓
 *              └──── #retry ← #apply ← #ended ←──┘
 *
 * `#run` numbers these rounds: what was begun in an earlier one is ignored when it is done.
 */
export class Connection {
  readonly #deps: ConnectionDeps
  readonly #choice: Choice
  readonly #pulse: Pulse
  readonly #backoff: Backoff
  #state: State = 'disconnected'
  readonly position = new Position()
  #run = 0
  #link: Link | undefined
  /** The token that the link was opened with, or that renewed it. */
  #token = ''
  /** Whether this tab has a link that was welcomed. */
  #isUp = false
  #triedAt = -Infinity
  /** While waiting for the next attempt: when there may be one at the earliest. */
  #notBefore = Infinity
  #refusedAt = -Infinity
  #cancel = () => {}

  constructor (deps: ConnectionDeps) {
    const { settings, platform } = deps
    this.#deps = deps
    this.#choice = new Choice(settings.transports)
    this.#backoff = new Backoff(settings.minReconnectDelay, settings.maxReconnectDelay)
    this.#pulse = new Pulse({ platform, maxDelay: settings.maxServerPingDelay, onDead: reason => this.#ended({ code: 1006, reason }) })
  }

  get state (): State { return this.#state }

  start (code: number, reason: string): void {
    this.#backoff.reset()
    this.#refusedAt = -Infinity
    this.set('connecting', code, reason)
    if (this.state === 'connecting') this.#begin()
  }

  stop (code: number, reason: string): void {
    this.#drop()
    this.set('disconnected', code, reason)
  }

  /** Gives the link up until `restart`: the page sleeps. */
  pause (code: number, reason: string): void {
    if (this.#state === 'disconnected') return
    this.#drop()
    this.set('connecting', code, reason)
  }

  /** Gives the link up and starts over: another tab leads, or the page was woken up. */
  restart (code: number, reason: string): void {
    this.pause(code, reason)
    if (this.#state === 'connecting') this.#begin()
  }

  /** Something happened after which the link may be dead, or a new one possible. */
  wake (): void {
    const now = this.#deps.platform.now()
    if (this.#isUp) this.#pulse.probe()
    else if (now >= this.#notBefore && now - this.#triedAt >= this.#deps.settings.minReconnectDelay) this.#begin()
  }

  /** There is another token of the same user: a link that is up is renewed with it. Never with one of somebody else. */
  renew (token: string): void {
    const before = subjectOf(this.#token)
    if (before !== undefined && before !== subjectOf(token)) return
    if (token !== this.#token && this.#isUp && this.#send({ id: 'auth', type: 'auth', payload: { token } })) this.#token = token
  }

  set (state: State, code: number, reason: string): void {
    if (state === this.#state) return
    this.#state = state
    this.#deps.onState(state, code, reason)
  }

  /** Takes a frame, unless it was received already. */
  receive (frame: ServerFrame): void {
    const previous = this.position.cursor
    if (this.position.take(frame)) this.#deps.onFrame(frame, previous)
  }

  #begin (): void {
    this.#drop()
    this.#prepare().catch(reportFault)
  }

  async #prepare (): Promise<void> {
    const run = this.#run
    const { tokens, platform } = this.#deps
    this.#triedAt = platform.now()
    let token: string
    try {
      token = await tokens.get()
      await this.#deps.lead(token, () => run === this.#run)
    } catch (error) {
      if (run === this.#run) this.#failedToken(error as BelfryError)
      return
    }
    if (run !== this.#run) return
    // The tab that led may be gone.
    this.set('connecting', 1001, 'taking the connection over')
    if (run !== this.#run) return
    // While another tab led, the token may have been renewed or refused, or the user may have changed.
    if (tokens.current === undefined || subjectOf(tokens.current) !== subjectOf(token)) this.#begin()
    else this.#open(tokens.current)
  }

  #failedToken (error: BelfryError): void {
    const run = this.#run
    this.#deps.onError(error.code, error.message)
    if (run !== this.#run) return
    if (error.code === 'no_token') this.stop(4401, error.message)
    else this.#retry()
  }

  #open (token: string): void {
    const { settings: { base, topics, device, fetch, timeout, websocket = globalThis.WebSocket }, platform } = this.#deps
    const run = this.#run
    const inThisRun = (fn: (value: any) => void) => (value?: any) => { if (run === this.#run) fn(value) }
    const events: LinkEvents = {
      onOpen: inThisRun(() => this.#wait(timeout, () => this.#ended({ code: 1006, reason: 'no welcome in time' }))),
      onText: inThisRun(text => this.#onText(text)),
      onAlive: inThisRun(() => this.#pulse.heard()),
      onClose: inThisRun(end => this.#ended(end))
    }
    this.#token = token
    this.#triedAt = platform.now()
    this.#wait(timeout, () => this.#ended({ code: 1006, reason: 'not opened in time' }))
    this.#link = this.#choice.next(platform.now()).open({ base, token, since: this.position.cursor, topics, device, fetch, WebSocket: websocket }, events)
  }

  #onText (text: string): void {
    this.#pulse.heard()
    const [frame, run] = [parseFrame(text), this.#run]
    if (!frame) return this.#deps.onError('frame', `The server sent what is not a frame: ${text.slice(0, 100)}`)
    // Before its welcome the server only says why there will be none.
    if (!this.#isUp && frame.type !== 'welcome' && frame.type !== 'error') return
    if (frame.type === 'welcome') this.#welcomed(frame.payload)
    // A listener may have disconnected.
    if (run === this.#run) this.receive(frame)
    if (run !== this.#run) return
    if (frame.type === 'token.expiring') this.#renewToken().catch(reportFault)
  }

  #welcomed ({ heartbeat_interval: heartbeat }: Welcome): void {
    const { platform } = this.#deps
    this.#cancel()
    this.#isUp = true
    this.#choice.clear()
    this.#backoff.opened(platform.now())
    this.#pulse.start(this.#link!.send && (() => this.#send({ type: 'ping' })), heartbeat > 0 && heartbeat <= 600 ? heartbeat * 1000 : 25_000)
    const again = this.#choice.again(platform.now())
    if (again !== undefined) this.#wait(again, () => this.restart(1006, 'trying the first transport again'))
    this.set('connected', 0, this.#choice.current.name)
  }

  /** The token is about to expire: gets the next one while the link goes on. */
  async #renewToken (): Promise<void> {
    const run = this.#run
    const token = await this.#deps.tokens.renewal(this.#token, () => run === this.#run, ({ code, message }) => this.#deps.onError(code, message))
    if (token !== undefined && run === this.#run) this.renew(token)
  }

  #send (frame: object): boolean {
    return this.#link?.send?.(JSON.stringify(frame)) ?? false
  }

  /** The link is gone. */
  #ended (end: LinkEnd): void {
    const { platform, http, onError } = this.#deps
    const [token, isUp] = [this.#token, this.#isUp]
    this.#drop()
    const run = this.#run
    if (isUp) this.#backoff.closed(platform.now())
    const apply = (verdict: Verdict) => { if (run === this.#run) this.#apply(verdict, end, token) }
    if (!isUp && !end.problem) onError('network', `${this.#choice.current.name}: ${reasonOf(end)}`)
    if (run !== this.#run) return
    if (isUp || saysWhy(end)) apply(verdictOfEnd(end))
    else verdictOfFailure(end, () => http.ask('GET', '/api/auth/me', token)).then(apply).catch(reportFault)
  }

  #apply ({ next, retryAfter, error, code }: Verdict, end: LinkEnd, token: string): void {
    const run = this.#run
    if (next === 'no') return this.stop(code ?? end.code, reasonOf(end))
    this.set('connecting', end.code, reasonOf(end))
    if (error) this.#deps.onError(error.code, error.message)
    if (next === 'blocked') this.#deps.onError('blocked', `The server answers, but ${this.#choice.current.name} does not get through to it.`)
    // Whoever was told may have disconnected.
    if (run !== this.#run) return
    if (next !== 'blocked') this.#choice.clear()
    if (next === 'token') this.#refused(token)
    else if (next === 'blocked' && this.#choice.blocked(this.#deps.platform.now())) this.#begin()
    else this.#retry(retryAfter)
  }

  /** The credentials were refused: goes on with a newer token, or once with the next one. */
  #refused (token: string): void {
    const { tokens, platform } = this.#deps
    tokens.refuse(token)
    if (tokens.current !== undefined) return this.#begin()
    const isSecond = platform.now() - this.#refusedAt < REFUSAL_MS
    if (isSecond || !tokens.canRenew) return this.stop(4401, isSecond ? 'the next token was refused too' : 'the token was refused')
    this.#refusedAt = platform.now()
    this.#begin()
  }

  #retry (retryAfter = 0): void {
    const { now, random } = this.#deps.platform
    this.#notBefore = now() + boundedWait(retryAfter)
    this.#wait(this.#backoff.next(random(), retryAfter), () => this.#begin())
  }

  #wait (ms: number, fn: () => void): void {
    this.#cancel()
    this.#cancel = this.#deps.platform.after(ms, fn)
  }

  #drop (): void {
    this.#run++
    this.#cancel()
    this.#pulse.stop()
    this.#link?.close()
    this.#link = undefined
    this.#isUp = false
    this.#notBefore = Infinity
  }
}
