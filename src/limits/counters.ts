/** The count of a key in its current window. */
export interface Count {
  count: number
  /** Milliseconds until the window ends. */
  leftMs: number
}

/**
 * Counts by key within time windows: in memory for one node, or shared by all nodes. Windows are
 * measured by a clock that cannot be set, or are at least never longer than `windowMs`.
 */
export interface Counters {
  /** Adds `hits` (1) to the count of `key`; the first hit begins a window. May throw if shared counters cannot be reached. */
  hit (key: string, windowMs: number, hits?: number): Promise<Count>
  /** Takes back a hit that should not have counted. Best effort: the call may be lost. */
  refund (key: string): Promise<void>
}
