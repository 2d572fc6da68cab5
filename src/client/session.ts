import type { Welcome } from '../protocol/server-frames.ts'
import type { Session } from './api.ts'
import { errorOf } from './shared/answer.ts'
import { createConnection } from './connection/connection.ts'
import { createHttp, type Http } from './connection/http.ts'
import { createTokens, subjectOf, type Tokens } from './connection/tokens.ts'
import { BelfryError } from './errors.ts'
import { createEmitter, reportFault, type Cause } from './events.ts'
import { createInboxes, type InboxesOfClient } from './inbox/index.ts'
import { checkOption, type Settings } from './options.ts'
import { within, type Platform } from './platform.ts'
import { createTabs } from './tabs/tabs.ts'
import { watchSleep } from './wakefulness.ts'

/** The code of a `disconnected` that the application asked for. RFC 6455 §7.4.1. */
const NORMAL = 1000
/** The code of a `connecting` because the page was put to sleep or another tab took over. */
const AWAY = 1001

/** What a session is for the rest of the client. */
export interface SessionParts {
  session: Session
  tokens: Tokens
  http: Http
}

/** Who is logged in here: joins the token, the connection, the other tabs and the inboxes of one user at a time. */
export function createSession (settings: Settings, platform: Platform): SessionParts {
  const { base, topics, device, shareTabs, timeout, storage } = settings
  const { page, wall, random, after } = platform
  // Tabs share a connection only if it would be the same one.
  const scope = ['belfry/1', base, device, topics && [...topics].sort()].map(String).join(' ')
  let welcome: Welcome | undefined
  /** The user whose token was used last. */
  let subject: string | undefined
  /** Resolves when nothing of the user before is stored any more. */
  let wiped: Promise<void> | undefined
  let isLoggedOut = false
  let cause: Cause = { code: NORMAL, reason: 'connect was not called yet' }
  let stopWatching = () => {}
  const { on, emit } = createEmitter()

  const tokens = createTokens(settings, platform, scope, goOnWith)
  const http = createHttp(settings, platform, tokens)
  const connection = createConnection({
    settings,
    platform,
    tokens,
    http,
    lead,
    onFrame (frame, previous) {
      tabs.tellAsLeader('frame', { frame, previous })
      if (frame.type === 'welcome') welcome = frame.payload
      inboxes?.onFrame(frame)
      if (frame.type === 'error') emit('error', { code: frame.payload.code, reason: frame.payload.detail })
      else emit(frame.type, frame as never)
    },
    onState (state, previous, code, reason) {
      cause = { code, reason }
      if (state === 'disconnected') {
        inboxes?.onDisconnect()
        if (code !== NORMAL) tabs.tellAsLeader('end', cause)
        tabs.leave()
        stopWatching()
      } else {
        tabs.tellAsLeader('here', status())
      }
      inboxes?.onConnection()
      emit('state', { state, previous, code, reason })
      // Who was told first may have changed it again.
      if (connection.state !== state) return
      if (state === 'connected') emit(state, { transport: reason })
      else emit(state, { code, reason })
    },
    onError: ({ code, message: reason }) => emit('error', { code, reason })
  })
  const tabs = createTabs({
    platform,
    scope: shareTabs ? scope : undefined,
    status,
    onStatus ({ state, code, reason, welcome: theirs, cursor }) {
      welcome = theirs
      // This tab begins where the tab that leads is.
      if (connection.cursor === undefined && cursor !== undefined) {
        connection.cursor = cursor
        tellStart()
      }
      if (state !== 'disconnected') connection.set(state, code, state === 'connected' ? 'tab' : reason)
    },
    onFrame: connection.receive,
    onElected: () => inboxes?.onConnection(),
    onDeposed () {
      connection.restart(AWAY, 'another tab has the connection')
      inboxes?.onConnection()
    },
    on: {
      end: ({ code, reason }) => connection.stop(code, reason),
      token (fetched) {
        if (subjectOf(fetched) !== subject) return
        tokens.got(fetched)
        connection.renew(fetched)
      },
      logout () { forget('logout was called in another tab').catch(reportFault) },
      inboxes: data => inboxes?.onTabMessage(data)
    }
  })
  /** Made when one is asked for: who only listens, or only sends, needs none. */
  let inboxes = storage && makeInboxes()

  function user () {
    return welcome?.user?.id ?? subject
  }

  function status () {
    return { state: connection.state, ...cause, welcome, cursor: connection.cursor }
  }

  /** There is another token: for all tabs of its user, but another user starts over without them. */
  function goOnWith (token: string) {
    const next = subjectOf(token)
    // A ticket names nobody: the welcome says whose it was. An API key has no user.
    const isOther = subject === undefined ? welcome && next !== undefined && next !== welcome.user?.id : next !== subject
    if (isOther) {
      reset().catch(reportFault)
      return connection.restart(AWAY, 'another user')
    }
    tabs.tell('token', token)
    connection.renew(token)
  }

  /** Tells the inboxes from where on they hear of everything: what they fetch must not be older. */
  function tellStart () {
    const { cursor } = connection
    if (cursor !== undefined) inboxes?.onFrame({ type: 'gap', cursor, payload: { reason: 'expired' } })
  }

  function makeInboxes (): InboxesOfClient {
    return createInboxes({
      base,
      get user () { return user() },
      get connection () { return connection.state },
      get leads () { return tabs.leads },
      isFiltered: topics !== undefined && !topics.includes('*'),
      clock: { now: wall, random, setTimeout: (fn, ms) => after(ms, fn), clearTimeout: stop => (stop as (() => void) | undefined)?.() },
      async call (method, path, body) {
        // After a logout there is nobody whose inbox it would be.
        if (isLoggedOut) throw new BelfryError('disconnected', 'nobody is logged in')
        const answer = await http.call(method, path, body)
        if (answer.body === undefined) throw errorOf(answer)
        return answer
      },
      broadcastToTabs: data => tabs.tell('inboxes', data),
      report: failure => emit('error', failure)
    }, storage)
  }

  /** A token is there: finds out where its user's inbox goes on, and waits until this tab may have the connection. */
  async function lead (token: string, isNeeded: () => boolean) {
    const next = subjectOf(token)
    // The inbox of somebody else is emptied before anything is shown of this one.
    if (isNeeded() && subject !== undefined && next !== subject) reset().catch(reportFault)
    await wiped
    if (!isNeeded()) return
    subject = next
    if (connection.cursor === undefined && inboxes) {
      const since = await within(platform, timeout, async () => await inboxes!.since()).catch(() => undefined)
      if (!isNeeded()) return
      connection.cursor ??= since
    }
    await tabs.lead(token)
  }

  async function forget (reason: string) {
    isLoggedOut = true
    tokens.set(undefined)
    connection.stop(NORMAL, reason)
    await reset()
  }

  /** Leaves the user: what is told or fetched from now on is of nobody, until there is a token again. */
  async function reset () {
    tabs.leave()
    const wiping = inboxes?.onLogout()
    wiped = wiping?.catch(() => {})
    connection.cursor = welcome = subject = undefined
    await wiping
  }

  return {
    tokens,
    http,
    session: {
      get state () { return connection.state },
      get user () { return user() },
      connect () {
        if (connection.state !== 'disconnected') return
        isLoggedOut = false
        stopWatching = watchSleep(page, {
          onWake: connection.wake,
          onSleep () {
            connection.pause(AWAY, 'the page sleeps')
            tabs.leave()
          },
          onRise: () => connection.restart(AWAY, 'the page is awake again')
        })
        connection.start(0, 'connect was called')
      },
      disconnect () { connection.stop(NORMAL, 'disconnect was called') },
      ready: () => new Promise((resolve, reject) => {
        const look = () => {
          if (connection.state === 'connecting') return
          end()
          if (connection.state === 'connected') resolve()
          else reject(new BelfryError('disconnected', `not connected: ${cause.reason} (${cause.code})`))
        }
        const end = on('state', look)
        look()
      }),
      setToken (token) {
        checkOption('token', token)
        tokens.set(token)
        goOnWith(token)
      },
      async logout () {
        tabs.tell('logout', undefined)
        await forget('logout was called')
      },
      on,
      inbox (filter) {
        if (!inboxes) {
          inboxes = makeInboxes()
          tellStart()
        }
        return inboxes.inbox(filter)
      }
    }
  }
}
