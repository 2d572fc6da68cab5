import QuickLRU from 'quick-lru'
import { problem, type BelfryError } from '../../errors.ts'
import { fetchKeys, nameOf, type IssuerKey } from './jwk-set.ts'

export interface JwksOptions {
  url: string
  /** Called when the set could not be fetched. */
  onError: (error: unknown) => void
  /** Called after each successful fetch. */
  onFetched?: () => void
  /** The monotonic clock, milliseconds. */
  now?: (() => number) | undefined
  /** The system clock, milliseconds; it may step. */
  wall?: (() => number) | undefined
}

/** A set older than this is fetched again in the background, while its keys stay valid. */
const FRESH_MS = 300_000
/** A set older than this (no token came for a while) is fetched again before its keys are used, if the issuer is reachable. */
const IDLE_MS = 600_000
/** The keys of a set older than this are never used, even if the issuer is unreachable. */
const MAX_AGE_MS = 3_600_000
/** The minimum time between the starts of two fetches. */
const COOLDOWN_MS = 10_000
const MAX_WITHDRAWN = 1_000

/**
 * The keys of the JWK Set at a URL, cached. Keys that leave the set are invalid from the next fetch on,
 * unknown key ids cause a fetch at most once per cooldown, and while the issuer is unreachable the cached
 * keys work for an hour. A key id is only called unknown after a fetch that the token waited for:
 *
 *     a token with a made-up id uses up the fetch … the issuer publishes key B … a token of B in the cooldown
 *     → BLF_UNAVAILABLE with Retry-After, not BLF_UNAUTHENTICATED, after which its client would not retry
 *
 * (jose and get-jwks have one age for "fetch again" and "no longer valid": see docs/development.md.)
 */
export class Jwks {
  readonly #options: JwksOptions
  readonly #now: () => number
  readonly #wall: () => number
  #keys = new Map<string, IssuerKey>()
  /** Keys that were in an earlier set and are not in the current one. */
  readonly #withdrawn = new QuickLRU<string, true>({ maxSize: MAX_WITHDRAWN })
  #fetchedAt = { now: -Infinity, wall: -Infinity }
  #triedAt = -Infinity
  #hasFailed = false
  #fetching: Promise<void> | undefined

  constructor (options: JwksOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#wall = options.wall ?? Date.now
  }

  /**
   * The key with this id for this algorithm: the same object as long as the key does not change.
   * Undefined if the issuer has no such key. Throws BLF_UNAVAILABLE if that cannot be decided now.
   */
  async find (alg: string, kid: string): Promise<IssuerKey | undefined> {
    const name = nameOf(alg, kid)
    const known = this.#keys.get(name)
    const fetching = this.#refresh(known ? FRESH_MS : 0)
    if (known && this.#age < (this.#hasFailed ? MAX_AGE_MS : IDLE_MS)) return known
    await fetching
    const isValid = this.#age < MAX_AGE_MS
    const found = isValid ? this.#keys.get(name) : undefined
    if (found) return found
    const isFetched = fetching !== undefined && !this.#hasFailed
    if (isFetched || (isValid && this.#withdrawn.get(name))) return undefined
    throw this.#unavailable()
  }

  /** The age of the set, by whichever clock says more: the monotonic clock may stop while the machine sleeps. */
  get #age (): number {
    return Math.max(this.#now() - this.#fetchedAt.now, this.#wall() - this.#fetchedAt.wall)
  }

  #refresh (maxAgeMs: number): Promise<void> | undefined {
    const isDue = this.#age >= maxAgeMs && this.#now() - this.#triedAt >= COOLDOWN_MS
    if (!isDue) return this.#fetching
    this.#triedAt = this.#now()
    this.#fetching ??= this.#fetch().finally(() => { this.#fetching = undefined })
    return this.#fetching
  }

  async #fetch (): Promise<void> {
    // The age of the set counts from its request, not its response.
    const startedAt = { now: this.#now(), wall: this.#wall() }
    try {
      this.#replace(await fetchKeys(this.#options.url))
      this.#fetchedAt = startedAt
      this.#hasFailed = false
      this.#options.onFetched?.()
    } catch (error) {
      this.#hasFailed = true
      this.#options.onError(error)
    }
  }

  #replace (keys: Map<string, IssuerKey>): void {
    for (const [name, before] of this.#keys) {
      if (!keys.has(name)) this.#withdrawn.set(name, true)
      else if (keys.get(name)!.pem === before.pem) keys.set(name, before)
    }
    for (const name of keys.keys()) this.#withdrawn.delete(name)
    this.#keys = keys
  }

  #unavailable (): BelfryError {
    const waitMs = this.#triedAt + COOLDOWN_MS - this.#now()
    const error = problem('BLF_UNAVAILABLE', 'The issuer\'s keys cannot be fetched at the moment, so this token cannot be verified.')
    return Object.assign(error, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) })
  }
}
