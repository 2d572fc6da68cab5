/**
 * The most that an issuer's clock may be ahead of ours. A token whose `iat` is further in the future is
 * refused. A change made by Belfry counts as newer than every token whose `iat` is up to this much later,
 * because an issuer whose clock is ahead may have minted that token before the change.
 */
export const CLOCK_SKEW_SECONDS = 60

/** The last `iat` (seconds) that counts as older than a change at `at` (milliseconds). */
export function newestIatBefore (at: number): number {
  return Math.ceil(at / 1000) + CLOCK_SKEW_SECONDS
}
