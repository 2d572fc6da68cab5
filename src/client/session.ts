import type { Welcome } from '../protocol/server-frames.ts'
import { errorOf } from './shared/answer.ts'
import { createConnection } from './connection/connection.ts'
import { createHttp, type Http } from './connection/http.ts'
import { createTokens, subjectOf, type Tokens } from './connection/tokens.ts'
import { BelfryError } from './errors.ts'
import { reportFault, type Cause, type Emitter, type State } from './events.ts'
import { createInboxes, type Inbox, type InboxesOfClient, type InboxFilter } from './inbox/index.ts'
import { checkOption, type Settings } from './options.ts'
import { within, type Platform } from './platform.ts'
import { createTabs } from './tabs/tabs.ts'
import { watchSleep } from './wakefulness.ts'

/** The code of a `disconnected` that the application asked for. RFC 6455 §7.4.1. */
const NORMAL = 1000
/** The code of a `connecting` because the page was put to sleep or another tab took over. */
const AWAY = 1001

/** Who is logged in here: joins the token, the connection, the other tabs and the inboxes of one user at a time. */
export interface Session {
  readonly http: Http
  readonly tokens: Tokens
  readonly state: State
  /** Why the state is what it is. */
  readonly cause: Cause
  readonly user: string | undefined
  connect (): void
  disconnect (): void
  setToken (token: string): void
  logout (): Promise<void>
  /** The list of a filter. */
  inbox (filter?: InboxFilter): Inbox
}

export function createSession (settings: Settings, platform: Platform, emitter: Emitter): Session {
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

  const tokens = createTokens(settings, platform, scope, goOnWith)
  const http = createHttp(settings, platform, tokens)
  const connection = createConnection({
    settings,
    platform,
    tokens,
    http,
    lead,
    onFrame (frame, previous) {
      tabs.tellFrame({ frame, previous })
      if (frame.type === 'welcome') welcome = frame.payload
      inboxes?.onFrame(frame)
      emitter.frame(frame)
    },
    onState (state, previous, code, reason) {
      cause = { code, reason }
      if (state === 'disconnected') {
        inboxes?.onDisconnect()
        if (code !== NORMAL) tabs.tellAsLeader({ kind: 'end', code, reason })
        tabs.leave()
        stopWatching()
      } else {
        tabs.tellAsLeader({ kind: 'here', ...status() })
      }
      inboxes?.onConnection()
      emitter.emit('state', { state, previous, code, reason })
      // Who was told first may have changed it again.
      if (connection.state !== state) return
      if (state === 'connected') emitter.emit(state, { transport: reason })
      else emitter.emit(state, { code, reason })
    },
    onError: error => emitter.emit('error', error)
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
    onEnd: connection.stop,
    onToken (fetched) {
      if (subjectOf(fetched) !== subject) return
      tokens.got(fetched)
      connection.renew(fetched)
    },
    onLogout () { forget('logout was called in another tab').catch(reportFault) },
    onTabMessage: data => inboxes?.onTabMessage(data)
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
    tabs.tell({ kind: 'token', token })
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
      clock: { now: wall, random, setTimeout: (fn, ms) => after(ms, fn), clearTimeout: stop => (stop as (() => void) | undefined)?.() },
      async call (method, path, body) {
        // After a logout there is nobody whose inbox it would be.
        if (isLoggedOut) throw new BelfryError('disconnected', 'Nobody is logged in.')
        const answer = await http.call(method, path, body)
        if (answer.body === undefined) throw errorOf(answer)
        return answer
      },
      broadcastToTabs: data => tabs.tell({ kind: 'inboxes', data }),
      report: failure => emitter.emit('error', failure)
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
    http,
    tokens,
    get state () { return connection.state },
    get cause () { return cause },
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
    setToken (token) {
      checkOption('token', token)
      tokens.set(token)
      goOnWith(token)
    },
    async logout () {
      tabs.tell({ kind: 'logout' })
      await forget('logout was called')
    },
    inbox (filter) {
      if (!inboxes) {
        inboxes = makeInboxes()
        tellStart()
      }
      return inboxes.inbox(filter)
    }
  }
}
