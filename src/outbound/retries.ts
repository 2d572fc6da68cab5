const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long to wait after each failed attempt, milliseconds: of a delivery there are ten attempts, over more than three days. */
export const DELAYS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
/** By how much a wait is longer or shorter, so that what failed together does not come again together. */
const SPREAD = 0.1
/** The longest that a receiver can ask to be left alone for, milliseconds. */
const MAX_RETRY_AFTER_MS = 24 * HOUR

/** In how many milliseconds to try again after `n` failed attempts, but not before `retryAfterMs`; undefined if that were enough of them. */
export function nextAttempt (n: number, retryAfterMs = 0, random = Math.random()): number | undefined {
  const delay = DELAYS[n - 1]
  if (delay === undefined) return undefined
  return Math.max(delay * (1 - SPREAD + 2 * SPREAD * random), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
}
