/** What a key has counted up to in its running window. */
export interface Count {
  count: number
  /** Until the window ends, milliseconds. */
  leftMs: number
}

/** Counts by key within windows of time: in memory for one node, or shared by all of them. */
export interface Counters {
  /** Counts one more under `key`; a window begins with the first. May throw when what is shared cannot be reached. */
  hit (key: string, windowMs: number): Promise<Count>
}
