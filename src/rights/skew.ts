/**
 * Clocks of two machines may differ by this much: a token from further in the future is refused. What
 * we changed ourselves at a moment is therefore newer than every token whose `iat` is up to this much
 * later: its issuer may have made it before us, by a clock that is ahead.
 */
export const CLOCK_SKEW_SECONDS = 60

/** The `iat` (seconds) up to which tokens are older than what we did at `at` (milliseconds). */
export function newestIatBefore (at: number): number {
  return Math.ceil(at / 1000) + CLOCK_SKEW_SECONDS
}
