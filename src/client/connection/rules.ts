import { closeCodes, type Reconnect } from '../../protocol/close-codes.ts'
import type { LinkEnd } from '../transport.ts'

/** The longest that a server can make the client wait, milliseconds. */
const MAX_RETRY_AFTER_MS = 600_000

const table: Record<number, { reason: string, reconnect: Reconnect }> = closeCodes

/** Whether to reconnect after a close: as the server says, or as the table of close codes does; after an unknown code, yes. */
export function reconnectAfter ({ code, reconnect }: LinkEnd): Reconnect {
  return reconnect ?? table[code]?.reconnect ?? 'yes'
}

/** The reason in words: the server's, or that of the table. */
export function reasonOf ({ code, reason }: LinkEnd): string {
  return reason || table[code]?.reason || 'closed'
}

/** How long a link must have been up for the next wait to be short again, milliseconds. */
const STABLE_MS = 30_000

/** The waits between attempts to connect. */
export class Backoff {
  readonly #min: number
  readonly #max: number
  #attempt = 0
  #openedAt = 0

  /** `min`, `max`: milliseconds, the bound of the first wait and that of all. */
  constructor (min: number, max: number) {
    this.#min = min
    this.#max = max
  }

  reset (): void {
    this.#attempt = 0
  }

  opened (now: number): void {
    this.#openedAt = now
  }

  closed (now: number): void {
    if (now - this.#openedAt >= STABLE_MS) this.reset()
  }

  /**
   * How long to wait before the next attempt, in milliseconds: anything up to a bound that doubles with each attempt, so
   * that clients that lost the same server don't come back together. What the server asked for is waited first.
   */
  next (random: number, retryAfter: number): number {
    return boundedWait(retryAfter) + random * Math.min(this.#max, this.#min * 2 ** this.#attempt++)
  }
}

/** A `Retry-After`, with a bound. */
export function boundedWait (retryAfter: number): number {
  return Math.min(retryAfter, MAX_RETRY_AFTER_MS)
}
