import type { Refused } from './contract/demands.ts'

/** How many notifications a user has not read, how many came after its "seen" cursor, and the log's head (`seq`) and floor at that moment. */
export interface Unread { count: number, unseen: number, seq: number, floor: number }

export type MarkVerb = 'read' | 'unread' | 'delete' | 'archive' | 'unarchive' | 'restore'
export interface MarkResult {
  /** The ids that are in the inbox, or for `restore` those that were deleted from it, each with the time it was read, null if unread, and whether it is archived now. */
  found: { id: string, readAt: number | null, archived: boolean }[]
  /** Those of them that are as they were, because their state was changed after `since`. */
  overtaken: string[]
  missing: string[]
  /** The ids that are as they were: those that must be acknowledged before they are archived or deleted (BLF_ACKNOWLEDGE_REQUIRED). */
  refused: Refused[]
  /** How many are unread at `seq`. */
  unread: number
  /** How many active notifications come after the "seen" cursor, at `seq`. */
  unseen: number
  /** The `seq` of the mark's own event if anything changed; else of the newest event it saw. */
  seq: number
  hasChanged: boolean
}

/** What every change of a state says. */
export type StateResult = Pick<MarkResult, 'unread' | 'unseen' | 'seq' | 'hasChanged'>

/** The action of a notification that its reader chose first, and when (milliseconds). */
export interface Choice { action: string, at: number }
export interface Act extends StateResult, Choice { id: string }

export interface ReadAllResult extends StateResult {
  /** How many notifications became read. */
  count: number
}

/** Deleted notifications are in the view `deleted` alone, archived ones in `archived` alone. */
export type InboxViewName = 'active' | 'archived' | 'deleted'

export interface InboxFilter {
  /** `active` if absent. */
  view?: InboxViewName
  limit: number
  /** Only notifications with a smaller `seq`. */
  before?: number
  unread?: boolean
  topic?: string
  type?: string
}

/** `key`: the audience key under which it is in the inbox; `acted`: the action that its reader chose, if any; `acknowledgedAt`: milliseconds. */
export interface InboxEntry { seq: number, body: string, readAt: number | null, archived: boolean, acted: Choice | null, acknowledgedAt: number | null, key: string | null }
export interface InboxEntries {
  entries: InboxEntry[]
  /** Whether there are older entries. */
  more: boolean
}

export interface InboxPage extends InboxEntries {
  unread: number
  /** How many active notifications came after the user's "seen" cursor. */
  unseen: number
  /** The log's head at the moment of this view. */
  seq: number
}

export interface Inboxes {
  /** One page, newest first, and the unread count, both of the same moment. An unknown user's page is empty. */
  inbox (userId: string, filter: InboxFilter): Promise<InboxPage>
  /** The same page without the counts, for who needs none: each costs as much as a part of a page. */
  inboxEntries (userId: string, filter: InboxFilter): Promise<InboxEntries>
  unread (userId: string): Promise<Unread>
  /** The user's audience keys, each with the `seq` after which it addresses the user; empty for an unknown user. */
  joined (userId: string): Promise<ReadonlyMap<string, number>>
  /** One notification of an inbox, archived or not; undefined if it is not there, or was deleted from it. */
  item (userId: string, id: string): Promise<InboxEntry | undefined>
  /** Moves the user's "seen" cursor up to a `seq`; a lower one changes nothing. Throws BLF_BAD_CURSOR beyond the head. */
  see (userId: string, seq: number): Promise<StateResult>
  /** Records which action of a notification the user chose: the first one counts. Throws BLF_NOTIFICATION_NOT_FOUND, BLF_ACTION_NOT_FOUND. */
  act (userId: string, id: string, action: string): Promise<Act>
  /**
   * Changes the state of notifications in one inbox; those in that state already, or not in the inbox, do
   * not change, nor do those whose state (read, archived or deleted) an event after `since` has changed: the mark was made
   * before it. The unread count, also in the event, is exact at the result's `seq`, whatever else is in the commit.
   */
  mark (userId: string, verb: MarkVerb, ids: string[], since?: number): Promise<MarkResult>
  /**
   * Marks all notifications with `seq ≤ upTo` as read (null: all there are), of one topic or, with null, of
   * every topic; nothing if an event after `since` did as much. The event names the newest notification that became read.
   */
  readAll (userId: string, upTo: number | null, topic: string | null, since?: number): Promise<ReadAllResult>
}
