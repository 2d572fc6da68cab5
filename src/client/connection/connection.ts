import type { ServerFrame, Welcome } from '../../protocol/server-frames.ts'
import { backoff } from '../shared/backoff.ts'
import { BelfryError } from '../errors.ts'
import { reportFault, type State } from '../events.ts'
import type { Settings } from '../options.ts'
import { createTimer, type Platform } from '../platform.ts'
import type { Link, LinkEnd } from './transport.ts'
import { createAcks } from './acks.ts'
import { createChoice } from './choice.ts'
import { cursorAfter, parseFrame } from './frames.ts'
import type { Http } from './http.ts'
import { createPulse } from './pulse.ts'
import { find, LOST, reasonOf, reconnectAfter, type Finding } from './rules.ts'
import { subjectOf, type Tokens } from './tokens.ts'
import type { Connection, Observer } from './types.ts'

export type { Connection } from './types.ts'

/** A second refusal of credentials within this time is final. Tokens that live longer may expire one after the other. */
const REFUSAL_MS = 15_000
/** How long a link must have been up for the next wait to be short again. */
const STABLE_MS = 30_000
/** The longest that a server can make the client wait. */
const MAX_PAUSE_MS = 600_000

/**
 * Gets a token, opens a link, is welcomed, and starts over when the link ends.
 *
 *   start → begin (token, lead) → open → welcomed: connected
 *             ↑                     ↓         ↓
 *             └────── retry ← goOn ← ended ←──┘
 *
 * `run` numbers these rounds: what was begun in an earlier one is ignored when it is done.
 */
export function createConnection (settings: Settings, platform: Platform, tokens: Tokens, http: Http, observer: Observer): Connection {
  const { now } = platform
  const choice = createChoice(settings.transports, now)
  const pulse = createPulse(platform, settings.maxServerPingDelay, lost)
  const acks = createAcks(settings, platform, async body => subjectOf(token) && http._ask('POST', '/api/notifications/ack', token, body))
  let state: State = 'disconnected'
  let cursor: string | undefined
  let run = 0
  let link: Link | undefined
  /** The token that the link was opened with, or that renewed it. */
  let token = ''
  /** Since when this tab has a link that was welcomed; undefined while it has none. */
  let upAt: number | undefined
  /** Attempts since the last link that was stable. */
  let attempt = 0
  let triedAt = -Infinity
  /** While waiting for the next attempt: when there may be one at the earliest. */
  let notBefore = Infinity
  let refusedAt = -Infinity
  const wait = createTimer(platform)

  /** Makes a function that says whether the round of now still goes on: a listener may have disconnected. */
  function round () {
    const current = run
    return () => current === run
  }

  function set (next: State, code: number, reason: string) {
    const previous = state
    if (next === previous) return
    state = next
    observer._onState(next, previous, code, reason)
  }

  function drop () {
    run++
    wait()
    pulse._stop()
    acks._end()
    link?.close()
    link = upAt = undefined
    notBefore = Infinity
  }

  function stop (code: number, reason: string) {
    drop()
    set('disconnected', code, reason)
  }

  function pause (code: number, reason: string) {
    if (state === 'disconnected') return
    drop()
    set('connecting', code, reason)
  }

  function restart (code: number, reason: string) {
    pause(code, reason)
    if (state === 'connecting') begin()
  }

  function begin () {
    drop()
    prepare(round()).catch(reportFault)
  }

  async function prepare (isCurrent: () => boolean) {
    triedAt = now()
    let subject: string | undefined
    try {
      const found = await tokens._get()
      subject = subjectOf(found)
      await observer._lead(found, isCurrent)
    } catch (error) {
      const { code, message } = error as BelfryError
      if (isCurrent()) observer._onError(error as BelfryError)
      if (!isCurrent()) return
      return code === 'no_token' ? stop(4401, message) : retry()
    }
    // The tab that led may be gone.
    if (isCurrent()) set('connecting', 1001, 'taking the connection over')
    if (!isCurrent()) return
    // While another tab led, the token may have been renewed or refused, or the user may have changed.
    if (tokens._current === undefined || subjectOf(tokens._current) !== subject) begin()
    else open(tokens._current)
  }

  function open (current: string) {
    const isCurrent = round()
    const inThisRound = (fn: (value: any) => void) => (value?: any) => { if (isCurrent()) fn(value) }
    token = current
    triedAt = now()
    wait(settings.timeout, () => lost('not opened in time'))
    link = choice._next().open({ ...settings, token, since: cursor, WebSocket: settings.websocket ?? globalThis.WebSocket }, {
      onOpen: inThisRound(() => wait(settings.timeout, () => lost('no welcome in time'))),
      onText: inThisRound(take),
      onAlive: inThisRound(pulse._heard),
      onClose: inThisRound(ended)
    })
  }

  function take (text: string) {
    const isCurrent = round()
    pulse._heard()
    const frame = parseFrame(text)
    if (!frame) return observer._onError(new BelfryError('frame', `not a frame: ${text.slice(0, 100)}`))
    if (frame.type === 'welcome') welcomed(frame.payload)
    // Before its welcome the server only says why there will be none.
    else if (upAt === undefined && frame.type !== 'error') return
    if (isCurrent()) receive(frame)
    if (isCurrent()) acks._took(frame, link!)
    if (isCurrent() && frame.type === 'token.expiring') replaceToken(isCurrent).catch(reportFault)
  }

  function receive (frame: ServerFrame) {
    const previous = cursor
    const next = cursorAfter(frame, previous)
    if (next === false) return
    cursor = next
    observer._onFrame(frame, previous)
  }

  function welcomed ({ heartbeat_interval: heartbeat }: Welcome) {
    wait()
    upAt = now()
    choice._clear()
    pulse._start(link!.send && (() => send({ type: 'ping' })), heartbeat > 0 && heartbeat <= 600 ? heartbeat * 1000 : 25_000)
    const again = choice._again()
    if (again !== undefined) wait(again, () => restart(LOST, 'trying the first transport again'))
    set('connected', 0, choice._current.name)
  }

  /** The token is about to expire: gets the next one while the link goes on. */
  async function replaceToken (isNeeded: () => boolean) {
    const next = await tokens._renewal(token, isNeeded, observer._onError)
    if (next !== undefined && isNeeded()) renew(next)
  }

  function renew (next: string) {
    const subject = subjectOf(token)
    if (subject !== undefined && subject !== subjectOf(next)) return
    if (next !== token && upAt !== undefined && send({ id: 'auth', type: 'auth', payload: { token: next } })) token = next
  }

  function send (frame: object) {
    return link?.send?.(JSON.stringify(frame)) ?? false
  }

  function lost (reason: string) {
    ended({ code: LOST, reason })
  }

  /** The link is gone. */
  function ended (end: LinkEnd) {
    const since = upAt
    drop()
    const isCurrent = round()
    if (since !== undefined && now() - since >= STABLE_MS) attempt = 0
    if (since !== undefined) return goOn({ _end: end })
    find(end, choice._current.name, path => http._ask('GET', path, token))
      .then(finding => { if (isCurrent()) goOn(finding) }).catch(reportFault)
  }

  function goOn ({ _end: end, _error: error, _isSuspect: isSuspect }: Finding) {
    const isCurrent = round()
    const next = reconnectAfter(end)
    if (next === 'no') return stop(end.code, reasonOf(end))
    set('connecting', end.code, reasonOf(end))
    if (!isCurrent()) return
    const isBlocked = isSuspect && choice._isBlocked()
    if (error && next === 'yes') observer._onError(isBlocked ? new BelfryError('blocked', `the server answers, but not to ${error.message}`) : error)
    if (!isCurrent()) return
    if (!isSuspect) choice._clear()
    if (next === 'token') refused()
    else if (isBlocked && settings.transports[1]) begin()
    else retry(error?.retryAfter)
  }

  /** The credentials were refused: goes on with a newer token, or once with the next one. */
  function refused () {
    tokens._refuse(token)
    if (tokens._current !== undefined) return begin()
    const isSecond = now() - refusedAt < REFUSAL_MS
    if (isSecond || !settings.getToken) return stop(4401, `the token was refused${isSecond ? ' again' : ''}`)
    refusedAt = now()
    begin()
  }

  function retry (retryAfter = 0) {
    const pause = Math.min(retryAfter, MAX_PAUSE_MS)
    notBefore = Math.max(now() + pause, triedAt + settings.minReconnectDelay)
    wait(pause + backoff(settings, platform.random(), attempt++), begin)
  }

  return {
    get _state () { return state },
    get _cursor () { return cursor },
    set _cursor (value) { cursor = value },
    _start (code, reason) {
      attempt = 0
      refusedAt = -Infinity
      set('connecting', code, reason)
      if (state === 'connecting') begin()
    },
    _stop: stop,
    _pause: pause,
    _restart: restart,
    _wake () {
      if (upAt !== undefined) pulse._probe()
      else if (now() >= notBefore) begin()
    },
    _renew: renew,
    _set: set,
    _receive: receive
  }
}
