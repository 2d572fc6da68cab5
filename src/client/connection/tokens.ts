import { BelfryError } from '../errors.ts'
import type { Platform } from '../platform.ts'

/** After a call of `getToken` that gave a token, the next one is at least this much later. */
const APART_MS = 10_000
/** How long the message of another tab, that has just renewed the token, may take. */
const MESSAGE_MS = 100

export interface TokensOptions {
  token?: string | undefined
  getToken?: (() => string | null | undefined | Promise<string | null | undefined>) | undefined
  /** Milliseconds that `getToken` may take. */
  timeout: number
  /** The prefix of the names of locks. */
  scope: string
}

/**
 * The access token, and how to get the next one: one call at a time, over all tabs of the same user. When a token
 * expires is the server's to say: the clock of this device may be wrong, so it is asked about nothing here.
 */
export class Tokens {
  readonly #options: TokensOptions
  readonly #platform: Platform
  #current: string | undefined
  #flight: Promise<string> | undefined
  /** Of the last token, which may have been refused since. */
  #subject: string | undefined
  #isRefused = false
  #gotAt = -Infinity
  /** Called with each new token, for the other tabs. */
  onToken: (token: string) => void = () => {}

  constructor (options: TokensOptions, platform: Platform) {
    this.#options = options
    this.#platform = platform
    this.set(options.token)
  }

  get current (): string | undefined { return this.#current }

  /** The user of the last token. */
  get subject (): string | undefined { return this.#subject }

  get canRenew (): boolean { return this.#options.getToken !== undefined }

  /** A token came from the application. */
  set (token: string | undefined): void {
    this.#current = token
    this.#isRefused = false
    this.#subject = subjectOf(token)
  }

  /** A token was fetched, here or in another tab. */
  got (token: string): void {
    this.set(token)
    this.#gotAt = this.#platform.now()
  }

  /** The server refused this token: it is not used again. */
  refuse (token: string | undefined): void {
    if (token !== this.#current) return
    this.#current = undefined
    this.#isRefused = true
  }

  /** The token, fetched if there is none. Throws a `BelfryError` with code `no_token` or `token`. */
  async get (): Promise<string> {
    return this.#current ?? await this.next(undefined)
  }

  /** The token that follows `old`, which is used meanwhile. Throws as `get`. */
  async next (old: string | undefined): Promise<string> {
    this.#flight ??= this.#inTurn(old).finally(() => { this.#flight = undefined })
    return await this.#flight
  }

  /** The token that follows `old`, which is about to expire: asks until there is one or it is not needed. Never throws. */
  async renewal (old: string, isNeeded: () => boolean, onError: (error: BelfryError) => void): Promise<string | undefined> {
    while (this.canRenew && isNeeded()) {
      try {
        return await this.next(old)
      } catch (error) {
        if (isNeeded()) onError(error as BelfryError)
        await this.#sleep(APART_MS)
      }
    }
  }

  /** Fetches while no other tab of this user does, and not at all if another one just has. */
  async #inTurn (old: string | undefined): Promise<string> {
    const { locks, page } = this.#platform
    if (!locks || !page || this.#subject === undefined) return await this.#fetch(old)
    const name = `${this.#options.scope} token ${this.#subject}`
    try {
      return await locks.request(name, { ifAvailable: true }, async lock => {
        if (lock) return await this.#fetch(old)
        // A tab that sleeps would hold the lock forever.
        const patience = new AbortController()
        const stop = this.#platform.after(2 * this.#options.timeout, () => patience.abort())
        return await locks.request(name, { signal: patience.signal }, async () => {
          stop()
          await this.#sleep(MESSAGE_MS)
          return await this.#fetch(old)
        })
      })
    } catch (error) {
      if (error instanceof BelfryError) throw error
      // There is no waiting for the others: this tab asks for itself.
      return await this.#fetch(old)
    }
  }

  async #fetch (old: string | undefined): Promise<string> {
    const { getToken, timeout } = this.#options
    const hasOther = () => this.#current !== undefined && this.#current !== old
    if (hasOther()) return this.#current!
    if (!getToken) throw new BelfryError('no_token', `${this.#isRefused ? 'The token was refused' : 'There is no token'}: pass \`token\`, or \`getToken\` to get one when it is needed.`)
    const wait = this.#gotAt + APART_MS - this.#platform.now()
    if (wait > 0) await this.#sleep(wait)
    if (hasOther()) return this.#current!
    const token = await within(this.#platform, timeout, async () => await getToken()).catch(cause => {
      throw new BelfryError('token', `getToken failed: ${cause?.message ?? cause}`, { cause })
    })
    // Meanwhile the application may have set another one.
    if (hasOther()) return this.#current!
    if (typeof token !== 'string' || token === '') throw new BelfryError('no_token', 'getToken gave no token: nobody is logged in.')
    this.got(token)
    this.onToken(token)
    return token
  }

  async #sleep (ms: number): Promise<void> {
    await new Promise<void>(resolve => { this.#platform.after(ms, resolve) })
  }
}

/** What `fn` resolves to. Throws if that takes longer than `ms`. */
export async function within<T> (platform: Platform, ms: number, fn: () => Promise<T>): Promise<T> {
  return await new Promise((resolve, reject) => {
    const stop = platform.after(ms, () => reject(new Error('no answer in time')))
    fn().finally(stop).then(resolve, reject)
  })
}

/** The user that a token says it is of: a name for locks and channels, not a proof. Undefined if it says none. */
export function subjectOf (token: string | undefined): string | undefined {
  try {
    const bytes = atob(token!.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/'))
    const { sub } = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, char => char.charCodeAt(0))))
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
