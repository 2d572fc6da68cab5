import { BelfryError } from '../errors.ts'
import { isToken } from '../shared/check.ts'
import { parseJson } from '../shared/json.ts'
import type { Settings } from '../options.ts'
import { sleep, within, type Platform } from '../platform.ts'

/** After a call of `getToken` that gave a token, the next one is at least this much later. */
const APART_MS = 10_000
/** How long the message of another tab, that has just renewed the token, may take. */
const MESSAGE_MS = 100

/**
 * The access token, and how to get the next one: one call at a time, over all tabs of the same user. When a token
 * expires is the server's to say: the clock of this device may be wrong, so it is asked about nothing here.
 */
export interface Tokens {
  readonly _current: string | undefined
  /** The user of the last token, which may have been refused since; undefined while none was there, and for an API key. */
  readonly _subject: string | undefined
  /** A token came from the application. */
  _set (token: string | undefined): void
  /** A token was fetched, here or in another tab. */
  _got (token: string): void
  /** The server refused this token: it is not used again. */
  _refuse (token: string | undefined): void
  /** The token, fetched if there is none. Throws a `BelfryError` with code `no_token` or `token`. */
  _get (): Promise<string>
  /** The token that follows `old`, which is about to expire: asks until there is one or it is not needed. Never throws. */
  _renewal (old: string, isNeeded: () => boolean, onError: (error: BelfryError) => void): Promise<string | undefined>
}

/** `scope`: the prefix of the names of locks. `onToken` is called with each token that is fetched. */
export function createTokens (settings: Settings, platform: Platform, scope: string, onToken: (token: string) => void): Tokens {
  const { getToken } = settings
  const { now } = platform
  let current: string | undefined
  let subject: string | undefined
  let flight: Promise<string> | undefined
  let isRefused = false
  let gotAt = -Infinity
  /** The call of `getToken` that is open, also when it takes longer than it may. */
  let asked: Promise<string | null | undefined> | undefined

  function set (next: string | undefined) {
    current = next
    isRefused = false
    subject = subjectOf(next)
    // What was asked before may be of another user.
    asked = undefined
  }

  function got (next: string) {
    set(next)
    gotAt = now()
  }

  /** The token that follows `old`, which is used meanwhile. Throws as `get`. */
  function follow (old: string | undefined): Promise<string> {
    flight ??= inTurn(old).finally(() => { flight = undefined })
    return flight
  }

  /** Fetches while no other tab of this user does, and not at all if another one just has. */
  async function inTurn (old: string | undefined): Promise<string> {
    if (!platform.locks || !platform.page || subject === undefined) return fetchToken(old)
    // A tab that sleeps would hold the lock forever.
    const patience = new AbortController()
    const stop = platform.after(2 * settings.timeout, () => patience.abort())
    try {
      return await platform.locks.request(`${scope} token ${subject}`, { signal: patience.signal }, async () => {
        stop()
        await sleep(platform, MESSAGE_MS)
        return fetchToken(old)
      })
    } catch (error) {
      if (error instanceof BelfryError) throw error
      // There is no waiting for the others: this tab asks for itself.
      return fetchToken(old)
    }
  }

  async function fetchToken (old: string | undefined): Promise<string> {
    const hasOther = () => current !== undefined && current !== old
    if (hasOther()) return current!
    if (!getToken) throw new BelfryError('no_token', `${isRefused ? 'the token was refused' : 'there is no token'}, and no getToken`)
    await sleep(platform, gotAt + APART_MS - now())
    if (hasOther()) return current!
    asked ??= Promise.resolve().then(getToken).finally(() => { asked = undefined })
    const next = await within(platform, settings.timeout, () => asked!).catch(cause => {
      throw new BelfryError('token', `getToken failed: ${String(cause)}`, { cause })
    })
    // Meanwhile the application may have set another one.
    if (hasOther()) return current!
    if (!isToken(next)) throw new BelfryError('no_token', 'getToken gave no token')
    got(next)
    onToken(next)
    return next
  }

  set(settings.token)
  return {
    get _current () { return current },
    get _subject () { return subject },
    _set: set,
    _got: got,
    _refuse (token) {
      if (token !== current) return
      current = undefined
      isRefused = true
    },
    _get: async () => current ?? await follow(undefined),
    async _renewal (old, isNeeded, onError) {
      while (isNeeded()) {
        if (!getToken) return
        try {
          return await follow(old)
        } catch (error) {
          if (isNeeded()) onError(error as BelfryError)
          await sleep(platform, APART_MS)
        }
      }
    }
  }
}

/** The user that a token says it is of: a name for locks and channels, not a proof. Undefined if it says none. */
export function subjectOf (token: string | undefined): string | undefined {
  try {
    const bytes = atob(token!.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))
    const { sub } = parseJson(new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0))))
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
