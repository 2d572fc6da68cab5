import type { LogEvent } from './event.ts'

/** How the log is read. `src/store` implements it; its contract (`src/store/store.ts`) says what a reader may rely on. */
export interface LogReader {
  /** The `seq` of the newest event; 0 in an empty log. */
  head (): Promise<number>
  /** The newest `seq` that was removed, 0 if none was: a cursor below it cannot be resumed. */
  floor (): Promise<number>
  /**
   * Events with `after < seq`, oldest first, `limit` at most: for the node's own tail. A notification that was
   * recalled has no keys: it is addressed to nobody any more.
   */
  events (after: number, limit: number): Promise<LogEvent[]>
  /**
   * The events with `after < seq ≤ upTo` that `userId` may see, oldest first, `limit` at most. If `topics`
   * is given, notifications with another topic are left out, as are recalled and expired ones. A page
   * covers a bounded part of the log, so it may be empty although later pages are not. Undefined if events
   * after `after` were removed: each page checks this, so a reader of many pages cannot miss them silently.
   */
  replay (userId: string, after: number, upTo: number, limit: number, topics?: Iterable<string> | null): Promise<ReplayPage | undefined>
}

/** The events up to `upTo`; the next page begins after it. */
export interface ReplayPage { events: LogEvent[], upTo: number }
