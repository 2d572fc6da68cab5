import { problem, type BelfryError } from '../errors.ts'
import type { Count, Counters } from './counters.ts'

export interface RateLimitOptions {
  counters: Counters
  /** What is counted; limits of other names count for themselves. */
  name: string
  /** How many a minute; 0 is any number. */
  max: number
  /** Told when the counters fail: then everybody passes. */
  onError: (error: unknown) => void
}

const WINDOW_MS = 60_000

/** So many a minute, for each of those who are counted. */
export class RateLimit {
  readonly #options: RateLimitOptions

  constructor (options: RateLimitOptions) {
    this.#options = options
  }

  /** Counts one more of `who`; throws BLF_RATE_LIMITED when that is one too many. */
  async take (who: string): Promise<void> {
    const { counters, name, max, onError } = this.#options
    if (max === 0) return
    let counted: Count
    try {
      counted = await counters.hit(`${name}:${who}`, WINDOW_MS)
    } catch (error) {
      onError(error)
      return
    }
    if (counted.count > max) throw tooMany(Math.max(1, Math.ceil(counted.leftMs / 1000)))
  }
}

function tooMany (seconds: number): BelfryError {
  return Object.assign(problem('BLF_RATE_LIMITED', `Too many requests; come back in ${seconds} s.`), { retryAfter: seconds })
}

/** What counts as one address: an IPv6 host has a whole /64 to choose from. */
export function originOf (address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  if (!address.includes(':')) return address
  const [left = '', right] = address.split('%', 1)[0]!.split('::').map(half => half === '' ? [] : half.split(':')) as [string[], string[]?]
  const zeros = right ? Array<string>(8 - left.length - right.length).fill('0') : []
  return [...left, ...zeros, ...right ?? []].slice(0, 4).join(':')
}
