import QuickLRU from 'quick-lru'
import { problem, type BelfryError } from '../../errors.ts'
import { fetchKeys, nameOf, type IssuerKey } from './jwk-set.ts'

export interface JwksOptions {
  url: string
  /** Told why the set could not be had. */
  onError: (error: unknown) => void
  /** Told that it was fetched. */
  onFetched?: () => void
  /** A clock in milliseconds that never steps, and the one of the machine, which may. */
  now?: (() => number) | undefined
  wall?: (() => number) | undefined
}

/** A set this old is fetched again, while its keys go on working. */
const FRESH_MS = 300_000
/** A set this old (nobody came for a while) is fetched again before its keys are believed, if the issuer answers. */
const IDLE_MS = 600_000
/** A set this old is believed no longer, whatever the issuer does. */
const MAX_AGE_MS = 3_600_000
/** Between two fetches at the least, whoever asks for what. */
const COOLDOWN_MS = 10_000
const MAX_WITHDRAWN = 1_000

/**
 * The keys behind a JWKS URL. Keys that leave the set are out with the next fetch, unknown ids fetch
 * no more often than the cooldown allows, and while the issuer is down the keys known go on working
 * for an hour. That an id names no key is only said of a set that was fetched for it: anybody can use
 * up a fetch, and what the issuer published since would then be refused for good. (jose and get-jwks
 * have one age for "fetch again" and "believe no longer": see docs/development.md.)
 */
export class Jwks {
  readonly #options: JwksOptions
  readonly #now: () => number
  readonly #wall: () => number
  #keys = new Map<string, IssuerKey>()
  /** Keys that were in a set and no longer are. */
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
   * The key of this id for this algorithm, the same object for as long as it is the same key;
   * undefined if the issuer has none. Throws BLF_UNAVAILABLE if that cannot be known now.
   */
  async find (alg: string, kid: string): Promise<IssuerKey | undefined> {
    const name = nameOf(alg, kid)
    const known = this.#keys.get(name)
    const fetching = this.#refresh(known ? FRESH_MS : 0)
    if (known && this.#age < (this.#hasFailed ? MAX_AGE_MS : IDLE_MS)) return known
    await fetching
    const isBelieved = this.#age < MAX_AGE_MS
    const found = isBelieved ? this.#keys.get(name) : undefined
    if (found) return found
    const isJudged = fetching !== undefined && !this.#hasFailed
    if (isJudged || (isBelieved && this.#withdrawn.get(name))) return undefined
    throw this.#unavailable()
  }

  /** How old the set is. The clock that never steps may stand still while a machine sleeps. */
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
    // The age of the set counts from when it was asked for.
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
    const error = problem('BLF_UNAVAILABLE', 'Whether this token\'s key is good cannot be said now.')
    return Object.assign(error, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) })
  }
}
