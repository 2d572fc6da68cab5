/** What a key has counted up to in its running window. */
export interface Count {
  count: number
  /** Until the window ends, milliseconds. */
  leftMs: number
}

/**
 * Counts by key within windows of time: in memory for one node, or shared by all of them. Windows are
 * measured by a clock that cannot be set, or are at least never longer than they were begun with.
 */
export interface Counters {
  /** Counts one more under `key`; a window begins with the first. May throw when what is shared cannot be reached. */
  hit (key: string, windowMs: number): Promise<Count>
  /** Takes one back that should not have counted; it may get lost. */
  giveBack (key: string): Promise<void>
}
