/**
 * Which events of the log are old enough. The time that is stamped on an event is that of the node it was sent by, which may be wrong:
 * it decides only about those of which nothing else is known.
 *
 *     seq   1 ── 2 ── 3 ── 4 ── 5 ── 6 ── 7
 *                     └ surely  │    └ possibly
 *           all are             └ by their stamps     none is
 */
export interface AgeLimit {
  /** All events up to here are. */
  surely: number
  /** No event after it is, unless it surely is. */
  possibly: number
  /** Those between them are that were stamped by then, milliseconds since 1970. */
  before: number
}

/** Every event is old enough. */
export const ANY_AGE: AgeLimit = { surely: Number.MAX_SAFE_INTEGER, possibly: Number.MAX_SAFE_INTEGER, before: Number.MAX_SAFE_INTEGER }

export function isOldEnough ({ surely, possibly, before }: AgeLimit, { seq, at }: { seq: number, at: number }): boolean {
  return seq <= surely || (seq <= possibly && at <= before)
}
