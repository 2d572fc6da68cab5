/** The bounds of the waits between attempts, in milliseconds. */
export interface Delays {
  minReconnectDelay: number
  maxReconnectDelay: number
}

/**
 * How long to wait before the next attempt, in milliseconds: anything up to a bound that doubles with each attempt, so that
 * clients that lost the same server do not come back together. `random` is from 0 to 1; the first `attempt` is 0.
 */
export function backoff ({ minReconnectDelay, maxReconnectDelay }: Delays, random: number, attempt: number): number {
  return random * Math.min(maxReconnectDelay, minReconnectDelay * 2 ** attempt)
}
