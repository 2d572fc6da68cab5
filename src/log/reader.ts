import type { LogEvent } from './event.ts'

/** What can be read of the log. `src/store` keeps it, and its contract (`src/store/store.ts`) says what a reader may rely on. */
export interface LogReader {
  /** The `seq` of the newest event; 0 in an empty log. */
  head (): Promise<number>
  /** The newest `seq` that is no longer kept: a cursor below it cannot be resumed. */
  floor (): Promise<number>
  /** Events with `after < seq`, oldest first, `limit` at most, for the node's own tail. */
  events (after: number, limit: number): Promise<LogEvent[]>
  /**
   * What `userId` may see of the events with `after < seq ≤ upTo`, oldest first, `limit` at most: of
   * notifications with a topic only those of `topics`, if given. Recalled and expired ones are left
   * out. A page covers a bounded part of the log, so it may be empty before the end of the log.
   * Undefined if events after `after` are no longer kept. The same read checks this, so a reader of
   * many pages cannot miss removed events without knowing it.
   */
  replay (userId: string, after: number, upTo: number, limit: number, topics?: Iterable<string> | null): Promise<ReplayPage | undefined>
}

/** The events up to `upTo`; the next page begins after it. */
export interface ReplayPage { events: LogEvent[], upTo: number }
