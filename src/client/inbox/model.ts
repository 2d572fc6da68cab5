import type { StoredInbox } from '../seam.ts'
import type { Counts, Said } from './counts.ts'
import type { Entities } from './entities.ts'
import type { Event } from './entity.ts'
import type { Undo } from './list.ts'
import type { Mark } from './marks.ts'
import type { Task } from './store.ts'
import type { Inbox, InboxFilter, InboxItem, NetworkStatus } from './types.ts'

/** A list: the part of the log from `bottom` on that passes the filter. */
export interface View extends Task {
  readonly filter: InboxFilter
  inbox?: Inbox
  /** How many a page has. */
  limit: number
  /** A `seq`; 0: down to the oldest, Infinity: nothing was fetched. */
  _bottom: number
  /** The `seq` that its first page is of; -1: there is none. */
  _asOf: number
  /** Something that is not known may have entered it at this `seq`: a page of before is not enough. */
  _staleAt: number
  /** How many its pages had. */
  size: number
  /** Whether anybody looks at it: others are not fetched again. */
  _isUsed: boolean
  /** The request that is open. */
  open?: Promise<void> | undefined
  /** What became of the last request, if it is not to be seen from the rest. */
  status?: NetworkStatus | undefined
  undo: Undo[]
}

/** The answer to a request for a page, or for the counts, which has no items. */
export interface Page { items?: InboxItem[], next_before?: string | null | undefined, unread_count: number, unseen_count: number, cursor: string }

/** A request for a page, or for the counts: the epoch and the moment when it was made; Infinity: the server's time was not known yet. */
export interface Request { epoch: string | undefined, time: number }

/**
 * What is known of an inbox: a copy of the server's at a place in the log. Frames move it on, pages add to it. Everything
 * that happens is applied at once.
 */
export interface Replica {
  /** The log's epoch; undefined: nothing came yet. */
  epoch: string | undefined
  /** Frames up to this `seq` are applied. */
  at: number
  /** Events up to this `seq` may have been missed: what was known before is fetched again. */
  _missedAt: number
  _entities: Entities
  readonly _counts: Counts
  readonly _views: View[]
  /** The list of everything active, which covers the narrower ones. */
  _whole: View
  /** Marks on their way. Another array for each change. */
  marks: readonly Mark[]
  /** The counts of a `welcome` whose `caught_up` or `gap` has not come yet; `ahead` came meanwhile with a page, perhaps of a later place. */
  replay: Said & { ahead?: Said & { seq: number } | undefined } | undefined
  /** When the next one expires, in milliseconds. */
  _nextExpiry: number
  /** Whether an answer has told the server's time: before, nothing expires, for the clock of this device may be wrong. */
  _isTimed: boolean
  /** Requests that many clients make at once are spread over this many milliseconds. */
  _spread: number
  /** The list of a filter: the same one for the same filter. Of its pages' limits, the last one holds. */
  view (filter: InboxFilter): View
  /** Applies a frame. One without a cursor, or with one that was applied before, changes nothing. */
  frame (frame: Event & { cursor?: string }): void
  /** A request is made. */
  begin (): Request
  /** The answer to a request came; undefined: it failed. Returns false if it is older than what is known. */
  end (request: Request, view: View | undefined, before: number | undefined, page: Page | undefined): boolean
  /** Removes what has expired: no event tells it. Returns whether anything did. */
  _sweep (): boolean
  /** Events went elsewhere that no frame tells of: everything is fetched again. */
  _distrust (): void
  /** Begins with what was stored: the list of what is active, as of its cursor. */
  restore (stored: StoredInbox): void
  /** Forgets everything: the user has gone. */
  empty (): void
}
