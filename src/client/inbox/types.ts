import type { Notification, NotificationType } from '../../protocol/notification.ts'
import type { ConnectionState } from '../seam.ts'

/** Which notifications a list shows. Without a field, it is not narrowed by it. */
export interface InboxFilter {
  /** `active` (the default) is what is neither archived nor deleted. */
  view?: 'active' | 'archived' | 'deleted'
  topic?: string
  type?: NotificationType
  /** True: only unread ones; false: only read ones. */
  unread?: boolean
  /** How many a page has, 1 to 200; 50 if absent. */
  limit?: number
}

/** A notification in an inbox, as the API lists it. */
export interface InboxItem extends Notification {
  /** Where it is in the log: what is newer has a later one. */
  readonly cursor: string
  /** Why it is in this inbox. Absent where it arrived since the list was fetched. */
  readonly reason?: { via: 'user' | 'all' | 'role' | 'company' | 'company_role' | 'group', group?: string }
  /** True if it is archived, also where it is deleted and would be restored to the archive. */
  readonly archived?: boolean
  /** The action that the user chose, and when (RFC 3339). */
  readonly acted?: { action: string, at: string }
  /** When the user acknowledged it (RFC 3339). With `acknowledge` and without this, it still has to be. */
  readonly acknowledged_at?: string
}

/**
 * What became of the last request for the list. `error`: it failed, and is made again when the connection is back, or
 * with the next `fetchNextPage`.
 */
export type NetworkStatus = 'loading' | 'ready' | 'fetching_more' | 'error'

/** An inbox at one moment. It never changes: whatever happens makes another one. */
export interface InboxSnapshot {
  /** Newest first, as far as they were fetched. Notifications and marks change it at once, marks before they are stored. */
  readonly items: readonly InboxItem[]
  /** Unread notifications of the whole inbox, whatever the filter. */
  readonly unreadCount: number
  /** Active notifications that came after the last `markAsSeen`, of the whole inbox. */
  readonly unseenCount: number
  /** Whether there are older ones: `fetchNextPage` fetches them. */
  readonly hasMore: boolean
  readonly networkStatus: NetworkStatus
  readonly connection: ConnectionState
  /** True while something may be missing: offline, during a replay, or until the list is fetched again. */
  readonly stale: boolean
}

/**
 * A list of the inbox that follows the server. The methods are bound: they can be passed on as they are.
 *
 * Marks show at once. Their promises resolve with true once the server has stored them, and with false if it stored none
 * of it and all was taken back; they never reject. Whatever it refused, an `error` event says why: of several ids those
 * that are not in the inbox any more, and those that must be acknowledged before they are archived or deleted, with true
 * for the others. Offline marks wait, over a reload too where there is a storage. While the client is `disconnected` they
 * are refused: call `connect` before.
 */
export interface Inbox {
  /** The same object as before while nothing has changed. */
  getSnapshot (): InboxSnapshot
  /** Empty and loading: for rendering on a server. */
  getServerSnapshot (): InboxSnapshot
  /** Calls `listener` after every change; returns its end. The first one fetches the list. */
  subscribe (listener: () => void): () => void
  /** Fetches older ones, at first the newest. Resolves when they are there, or could not be fetched (`networkStatus`). */
  fetchNextPage (): Promise<void>
  markAsRead (ids: string | readonly string[]): Promise<boolean>
  markAsUnread (ids: string | readonly string[]): Promise<boolean>
  /**
   * Marks everything that has arrived so far, of the filter's topic if it has one. Throws a TypeError where the filter
   * has a type or another view, by which the server cannot narrow it.
   */
  markAllAsRead (): Promise<boolean>
  /** Says that everything up to a cursor was shown to the user; without one, up to the newest item of this list. */
  markAsSeen (cursor?: string): Promise<boolean>
  /** Takes out of the list and the counts. */
  archive (ids: string | readonly string[]): Promise<boolean>
  /** Takes out of the archive. */
  unarchive (ids: string | readonly string[]): Promise<boolean>
  delete (ids: string | readonly string[]): Promise<boolean>
  /** Brings back what was deleted. */
  restore (ids: string | readonly string[]): Promise<boolean>
  /** Chooses an action of a notification. The first choice counts. */
  act (id: string, action: string): Promise<boolean>
  /**
   * Says that the user has taken note of what must be acknowledged: for good, and after `acknowledge.by` too. It marks
   * nothing as read. What need not be acknowledged is refused.
   */
  acknowledge (ids: string | readonly string[]): Promise<boolean>
  /**
   * Takes back what the last mark of this list changed, notification by notification: what others changed meanwhile
   * stays. Of `markAllAsRead` it brings back what is loaded. False if there is nothing to take back; `markAsSeen`, `act`
   * and `acknowledge` are final.
   */
  undo (): Promise<boolean>
}
