import type { Welcome } from '../protocol/server-frames.ts'
import type { Sender, Session } from './api.ts'
import { errorOf } from './shared/answer.ts'
import { checkField } from './shared/check.ts'
import { createConnection } from './connection/connection.ts'
import { createHttp } from './connection/http.ts'
import { createTokens, subjectOf } from './connection/tokens.ts'
import { watchSleep } from './connection/wakefulness.ts'
import { BelfryError } from './errors.ts'
import { createEmitter, reportFault, type Cause } from './events.ts'
import { createInboxes, type Inbox, type InboxesOfClient, type InboxFilter } from './inbox/index.ts'
import { rules, type Settings } from './options.ts'
import { within, type Platform } from './platform.ts'
import type { Core } from './seam.ts'
import { createSender } from './sending/sender.ts'
import { tellWorkers } from './shared/workers.ts'
import { createTabs } from './tabs/tabs.ts'

/** The code of a `disconnected` that the application asked for. RFC 6455 §7.4.1. */
const NORMAL = 1000
/** The code of a `connecting` because the page was put to sleep or another tab took over. */
const AWAY = 1001

/** The code of a `disconnected` because nobody is logged in. */
const NOBODY = 4401

/** Joins the token, the connection, the other tabs and the inboxes of one user at a time, and what sends as that user. */
export function createClient (settings: Settings, platform: Platform): Session & Sender {
  const { base, topics, storage } = settings
  // Tabs share a connection only if it would be the same one.
  const scope = ['belfry/3', base, settings.device, topics && [...topics].sort()].map(String).join(' ')
  let welcome: Welcome | undefined
  /** The user whose token was used last. */
  let subject: string | undefined
  /** Resolves when nothing of the user before is stored any more. */
  let wiped: Promise<void> | undefined
  let isLoggedOut = false
  /** Whose stored inbox may be shown; undefined once a token has said who the user is, or that it is nobody. */
  let expected = storage && settings.user
  let cause: Cause = { code: NORMAL, reason: 'connect was not called' }
  let stopWatching = () => {}
  const { on, emit } = createEmitter()

  const tokens = createTokens(settings, platform, scope, goOnWith)
  const http = createHttp(settings, platform, tokens)
  const connection = createConnection(settings, platform, tokens, http, {
    _lead: lead,
    _onFrame (frame, previous) {
      tabs._tellAsLeader('frame', { frame, previous })
      if (frame.type === 'welcome') welcome = frame.payload
      inboxes?.onFrame(frame)
      emit(frame.type, frame.type === 'error' ? { code: frame.payload.code, reason: frame.payload.detail } : frame as never)
    },
    _onState (state, previous, code, reason) {
      cause = { code, reason }
      const isOver = state === 'disconnected'
      // Where the application ended it, another tab takes over.
      if (!isOver || code !== NORMAL) tabs._tellAsLeader('here', status())
      if (isOver) {
        inboxes?.onDisconnect()
        // Without `getToken` the application may have another token.
        if (code === NOBODY && settings.getToken) endPushes().catch(reportFault)
        // Nobody is logged in. Whoever was expected finds their marks again.
        if (expected !== undefined && code !== NORMAL) reset(true).catch(reportFault)
        tabs._leave()
        stopWatching()
      }
      inboxes?.onConnection()
      emit('state', { state, previous, code, reason })
      // Who was told first may have changed it again.
      if (connection._state !== state) return
      emit(state, state === 'connected' ? { transport: reason } : cause)
    },
    _onError: ({ code, message: reason }) => emit('error', { code, reason })
  })
  const tabs = createTabs({
    _platform: platform,
    _scope: settings.shareTabs ? scope : undefined,
    _status: status,
    _onStatus ({ state, code, reason, welcome: theirs, cursor }) {
      welcome = theirs
      // This tab begins where the tab that leads is.
      if (connection._cursor === undefined && cursor !== undefined) {
        connection._cursor = cursor
        tellStart()
      }
      if (state === 'disconnected') connection._stop(code, reason)
      else connection._set(state, code, state === 'connected' ? 'tab' : reason)
    },
    _onFrame: connection._receive,
    _onElected: () => inboxes?.onConnection(),
    _onDeposed () {
      connection._restart(AWAY, 'another tab has the connection')
      inboxes?.onConnection()
    },
    _on: {
      token (fetched) {
        if (subjectOf(fetched) !== subject) return
        const isFirst = tokens._current === undefined
        tokens._got(fetched)
        if (isFirst) connection._wake()
        else connection._renew(fetched)
      },
      logout () { forget('logout was called in another tab').catch(reportFault) },
      inboxes: data => inboxes?.onTabMessage(data)
    }
  })
  const core: Core = {
    base,
    get user () { return welcome?.user?.id ?? subject },
    get connection () { return connection._state },
    get leads () { return tabs._leads },
    isFiltered: topics?.includes('*') === false,
    clock: { now: platform.wall, random: platform.random, after: platform.after },
    onLeave: new Set(),
    async call (method, path, body) {
      // After a logout there is nobody whose inbox it would be.
      if (isLoggedOut) throw new BelfryError('disconnected', 'no user is logged in')
      const answer = await http._call(method, path, body)
      if (answer.body === undefined) throw errorOf(answer)
      return answer
    },
    errorOf,
    broadcastToTabs: data => tabs._tell('inboxes', data),
    report: failure => emit('error', failure)
  }
  /** Made when one is asked for: who only listens, or only sends, needs none. */
  let inboxes: InboxesOfClient | undefined = storage && createInboxes(core, storage)

  function status () {
    return { state: connection._state, ...cause, welcome, cursor: connection._cursor }
  }

  /** There is another token: for all tabs of its user, but another user starts over without them. */
  function goOnWith (token: string) {
    const next = subjectOf(token)
    // A ticket names nobody: the welcome says whose it was. An API key has no user.
    const isOther = subject === undefined ? welcome && next !== undefined && next !== welcome.user?.id : next !== subject
    if (isOther) {
      reset().catch(reportFault)
      return connection._restart(AWAY, 'another user')
    }
    tabs._tell('token', token)
    connection._renew(token)
  }

  /** Tells the inboxes from where on they hear of everything: what they fetch must not be older. */
  function tellStart () {
    const { _cursor: cursor } = connection
    if (cursor !== undefined) inboxes?.onFrame({ type: 'gap', cursor, payload: { reason: 'expired' } })
  }

  function inbox (filter?: InboxFilter): Inbox {
    if (!inboxes) {
      inboxes = createInboxes(core)
      tellStart()
    }
    return inboxes.inbox(filter)
  }

  /** A token is there, or a user is expected: finds out where their inbox goes on, and waits until this tab may have the connection. */
  async function lead (token: string | undefined, isNeeded: () => boolean) {
    const next = token === undefined ? expected : subjectOf(token)
    // The inbox of somebody else is emptied before anything is shown of this one.
    if (isNeeded() && subject !== undefined && next !== subject) reset().catch(reportFault)
    await wiped
    if (!isNeeded()) return
    subject = next
    if (token !== undefined) expected = undefined
    if (connection._cursor === undefined && inboxes) {
      const since = await inboxes.since()
      if (!isNeeded()) return
      connection._cursor ??= since
    }
    await tabs._lead(next)
  }

  /** The user has logged out. In which worker they have pushes, if at all, another page may know; one that does not answer holds up nobody. */
  async function endPushes () {
    const user = core.user ?? tokens._subject ?? settings.user
    if (user !== undefined) await within(platform, settings.timeout, () => tellWorkers({ belfry: 'left', user: `${base} ${user}` })).catch(() => {})
  }

  async function forget (reason: string) {
    isLoggedOut = true
    tokens._set(undefined)
    connection._stop(NORMAL, reason)
    await reset()
  }

  /** Leaves the user: what is told or fetched from now on is of nobody, until there is a token again. */
  async function reset (isKept?: boolean) {
    expected = undefined
    tabs._leave()
    const wiping = inboxes?.onLogout(isKept)
    wiped = wiping?.catch(() => {})
    connection._cursor = welcome = subject = undefined
    for (const leave of core.onLeave) leave()
    await wiping
  }

  return {
    ...createSender(settings, platform, tokens, http),
    get state () { return connection._state },
    get user () { return core.user },
    connect () {
      if (connection._state !== 'disconnected') return
      isLoggedOut = false
      stopWatching = watchSleep(platform.page, connection._wake, () => {
        connection._pause(AWAY, 'the page sleeps')
        tabs._leave()
      }, () => connection._restart(AWAY, 'the page is awake again'))
      if (expected !== undefined) lead(undefined, () => expected !== undefined).catch(reportFault)
      connection._start(0, 'connect was called')
    },
    disconnect () { connection._stop(NORMAL, 'disconnect was called') },
    ready: () => new Promise((resolve, reject) => {
      const look = () => {
        if (connection._state === 'connecting') return
        end()
        if (connection._state === 'connected') resolve()
        else reject(new BelfryError('disconnected', `not connected: ${cause.reason} (${cause.code})`))
      }
      const end = on('state', look)
      look()
    }),
    setToken (token) {
      checkField('token', token, rules.token)
      tokens._set(token)
      goOnWith(token)
    },
    async logout () {
      tabs._tell('logout', undefined)
      await Promise.all([endPushes(), forget('logout was called')])
    },
    on,
    inbox,
    acknowledge: ids => inbox().acknowledge(ids),
    core
  }
}
