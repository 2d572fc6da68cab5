import { problem, type BelfryError } from '../errors.ts'
import type { Count, Counters } from './counters.ts'
import { limitNames, WINDOW_SECONDS, type LimitName, type Quota } from '../protocol/quota.ts'

export interface RateLimitOptions {
  counters: Counters
  /** What is counted; limits with different names have separate counters. */
  name: LimitName
  /** The maximum in a window (`WINDOW_SECONDS`); 0 means no limit. */
  max: number
  /** Called when the counters fail; the request is then allowed. */
  onError: (error: unknown) => void
}

/** What came of counting hits. */
export interface Taken {
  /** How many of them are within the limit. */
  granted: number
  /** Absent if there is no limit. */
  quota?: Quota
  /** BLF_RATE_LIMITED, for the hits above the limit. */
  refusal?: BelfryError
}

/** A limit for each user, key or address, within windows of one minute. */
export class RateLimit {
  readonly #options: RateLimitOptions

  constructor (options: RateLimitOptions) {
    this.#options = options
  }

  /** Counts one hit of `who`, whose own limit `ownMax` applies if it is lower. Throws BLF_RATE_LIMITED above the limit. */
  async take (who: string, ownMax?: number | null): Promise<Quota | undefined> {
    const { quota, refusal } = await this.takeUpTo(1, who, ownMax)
    if (refusal) throw refusal
    return quota
  }

  /** Counts several hits at once, and says how many of them are within the limit. */
  async takeUpTo (hits: number, who: string, ownMax?: number | null): Promise<Taken> {
    const { counters, name, onError } = this.#options
    const max = lower(this.#options.max, ownMax ?? 0)
    if (max === 0) return { granted: hits }
    let counted: Count
    try {
      counted = await counters.hit(`${name}:${who}`, WINDOW_SECONDS * 1000, hits)
    } catch (error) {
      onError(error)
      return { granted: hits }
    }
    const { count, leftMs } = counted
    const quota = { name, max, left: Math.max(0, max - count), resetSeconds: Math.max(1, Math.ceil(leftMs / 1000)) }
    if (count <= max) return { granted: hits, quota }
    return { granted: Math.max(0, hits - (count - max)), quota, refusal: tooMany(quota) }
  }

  /** Takes back a hit of `who` that turned out not to be subject to this limit. */
  refund (who: string): void {
    const { counters, name, max } = this.#options
    if (max > 0) counters.refund(`${name}:${who}`).catch(() => {})
  }
}

/** The lower of two limits; 0 means no limit. */
function lower (one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other)
}

function tooMany (quota: Quota): BelfryError {
  const { name, max, resetSeconds: retryAfter } = quota
  const error = problem('BLF_RATE_LIMITED', `Too many ${limitNames[name]}: ${max} a minute are allowed; come back in ${retryAfter} s.`)
  return Object.assign(error, { retryAfter, quota })
}
