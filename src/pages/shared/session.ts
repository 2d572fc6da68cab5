import type { User } from '../../client/index.ts'
import { fetchInTime } from './patience.ts'
import { problemOf, type ApiError } from './problem.ts'
import { endPushesBut } from './pushes.ts'
import { at, root } from './root.ts'

/**
 * `starting`: not known yet. `out`: nobody is logged in. `in`: somebody is. `unreachable`: the server did not answer at
 * the start; `start` tries again.
 */
export type SessionState = 'starting' | 'out' | 'in' | 'unreachable'

/** An access token of a session, good until `expiresAt` (milliseconds since 1970, by the clock here). */
interface Grant { token: string, expiresAt: number, user: User, session: string }
/** What tabs tell each other. Tokens go from memory to memory and are stored nowhere. */
type Message = { is: 'in', grant: Grant } | { is: 'out', userId: string | undefined, reason?: string | undefined }

/** A token with less time left than this is replaced before it is used. */
const MARGIN_MS = 60_000

/**
 * Who is logged in in this browser. The access token is in memory only; the refresh token is in a cookie that no script
 * can read. All tabs have one session, which is that of the cookie: they follow each other's logins and logouts, and log
 * in, refresh and log out one at a time.
 */
export class Session {
  state: SessionState = 'starting'
  /** Why nobody is logged in any more, for the form to say; undefined if nobody was, or who was has logged out. */
  reason: string | undefined
  #grant: Grant | undefined
  #refreshing: Promise<string | undefined> | undefined
  /** While it is asked whose the cookie is. */
  #doubt: Promise<void> | undefined
  readonly #listeners = new Set<() => void>()
  // One channel for each server: several may share an origin under different prefixes.
  readonly #channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel(`belfry session ${root.pathname}`) : undefined

  constructor () {
    if (this.#channel) this.#channel.onmessage = ({ data }: MessageEvent<Message>) => { this.#hear(data).catch(() => {}) }
  }

  /** The user who is logged in. */
  get user (): User | undefined { return this.#grant?.user }

  /** Calls `listener` after every change; returns its end. */
  subscribe (listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** Finds out whether somebody is logged in already. */
  async start (): Promise<void> {
    this.#change('starting')
    try {
      await this.token()
    } catch {
      if (this.state === 'starting') this.#change('unreachable')
    }
  }

  /** Throws an ApiError. */
  async login (username: string, password: string): Promise<void> {
    await inTurn(async () => {
      const answer = await ask('login', { username, password, cookie: true })
      this.#begin(toGrant(await answer.json()))
    })
  }

  /**
   * Ends the session, or every session of the user. When the server cannot be reached it throws, and nobody is logged
   * out: a page that only looked like it would be worse.
   */
  async logout (everywhere = false): Promise<void> {
    const token = await this.token()
    const userId = this.user?.id
    await inTurn(async () => {
      if (token !== undefined) await ask('logout', everywhere ? { everywhere } : undefined, token)
      if (this.user?.id === userId) this.#finish()
      this.#tell({ is: 'out', userId })
    })
  }

  /**
   * An access token that is good for a while; undefined if nobody is logged in. `refused` is a token that the server did
   * not take, and that is not given again. Throws if the server cannot be reached.
   */
  async token (refused?: string): Promise<string | undefined> {
    const { token, expiresAt = 0 } = this.#grant ?? {}
    if (token !== undefined && token !== refused && expiresAt - Date.now() > MARGIN_MS) return token
    if (this.state === 'out') return undefined
    this.#refreshing ??= this.#refresh(token).finally(() => { this.#refreshing = undefined })
    return await this.#refreshing
  }

  /** Refreshes, unless another tab did while this one waited for its turn. `old` is the token that is not good enough. */
  async #refresh (old: string | undefined): Promise<string | undefined> {
    return await inTurn(async () => {
      if (this.#grant && this.#grant.token !== old) return this.#grant.token
      try {
        const answer = await ask('refresh')
        if (answer.status === 204) return this.#finish()
        const grant = toGrant(await answer.json())
        this.#begin(grant)
        return grant.token
      } catch (error) {
        if ((error as ApiError).status !== 401) throw error
        const reason = this.state === 'in' ? 'Your session has ended. Log in again.' : undefined
        this.#tell({ is: 'out', userId: this.user?.id, reason })
        return this.#finish(reason)
      }
    })
  }

  /**
   * What another tab tells. Messages about two sessions may cross, when both log in at once: then each tab would show the
   * other's user. So a tab that has a session believes nobody about another one, and asks which one the cookie is of.
   */
  async #hear (message: Message): Promise<void> {
    while (this.#doubt) await this.#doubt
    const isOther = message.is === 'in' ? !this.#isOf(message.grant) : message.userId !== this.user?.id
    if (this.user && isOther) this.#doubt = this.#startAgain().finally(() => { this.#doubt = undefined })
    else if (message.is === 'in') this.#accept(message.grant)
    else this.#end(message.reason)
  }

  /** Nobody is shown, and no token given, before the server has answered. */
  async #startAgain (): Promise<void> {
    const before = this.#grant
    this.#grant = undefined
    this.#change('starting')
    // What was asked before may answer with the user before.
    await this.#refreshing?.catch(() => {})
    this.#grant = undefined
    await this.start()
    if (before && this.state !== 'unreachable' && !this.#isOf(before)) await endSession(before)
  }

  #isOf ({ session }: Grant): boolean { return this.#grant?.session === session }

  /** The server has given a token: to this tab, which tells the others. */
  #begin (grant: Grant): void {
    const isOther = this.user?.id !== grant.user.id
    this.#accept(grant)
    this.#tell({ is: 'in', grant })
    if (isOther) this.#endPushes()
  }

  /** The server has told this tab that nobody is logged in. One that only hears of it, perhaps much later, ends no pushes. */
  #finish (reason?: string): undefined {
    this.#end(reason)
    this.#endPushes()
  }

  /** Of whoever was logged in before. A browser that does not answer holds up nobody. */
  #endPushes (): void {
    endPushesBut(() => this.user?.id).catch(() => {})
  }

  #accept (grant: Grant): void {
    this.#grant = grant
    this.reason = undefined
    this.#change('in')
  }

  #end (reason?: string): undefined {
    this.#grant = undefined
    this.reason = reason
    this.#change('out')
  }

  #change (state: SessionState): void {
    this.state = state
    for (const listener of this.#listeners) listener()
  }

  #tell (message: Message): void {
    this.#channel?.postMessage(message)
  }
}

/**
 * Runs one at a time over all tabs, where the browser has locks. Plain http has none, and a browser that keeps no data
 * of sites refuses them: there the server allows for two at once.
 */
async function inTurn<T> (work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return await work()
  let hasBegun = false
  const begin = async () => {
    hasBegun = true
    return await work()
  }
  try {
    return await navigator.locks.request(`belfry session ${root.pathname}`, begin) as T
  } catch (error) {
    if (hasBegun) throw error
    return await work()
  }
}

/** A request to a route of `/api/auth`, which gets and sets the cookie. Throws an ApiError. */
async function ask (route: string, body?: object, token?: string): Promise<Response> {
  const answer = await fetchInTime(at(`api/auth/${route}`), {
    method: 'POST',
    headers: { ...(body && { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) })
  })
  if (answer === undefined || answer === 'late' || !answer.ok) throw await problemOf(answer)
  return answer
}

/** Ends a session whose cookie another one has replaced: nobody can use it any more, and it would stand among the user's. */
async function endSession ({ session, token }: Grant): Promise<void> {
  // If that fails, it ends by its age.
  await fetch(at(`api/auth/sessions/${session}`), { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }).catch(() => {})
}

/** The session that an access token says it is of. */
function sessionOf (token: string): string {
  return JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))).sid
}

function toGrant ({ access_token: token, expires_in: seconds, user }: { access_token: string, expires_in: number, user: User }): Grant {
  return { token, expiresAt: Date.now() + seconds * 1000, user, session: sessionOf(token) }
}
