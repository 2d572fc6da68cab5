import type { CloseCode, Reconnect } from './close-codes.ts'
import type { FieldError } from './error-codes.ts'
import type { Notification, NotificationUpdate, User } from './notification.ts'

/**
 * Frames that the server sends, told apart by `type`. `cursor` is the `since` to reconnect with after the frame;
 * `reply_to` is the `id` of the client frame that is answered.
 */
interface EventFrame<Type extends string, Payload> {
  type: Type
  cursor: string
  payload: Payload
}

/** What follows the welcome: nothing, a replay of everything missed, or a `gap` because that is not possible. */
export type Resume = 'none' | 'complete' | 'gap'

/** Why a replay is not possible: too old, from another log, ahead of the log, or not a cursor. */
export type GapReason = 'expired' | 'epoch' | 'future' | 'unreadable'

export interface Welcome {
  connection_id: string
  /** Absent where an API key opened the socket. */
  user?: User
  /** The API key that opened the socket. */
  key?: { id: string, name: string }
  /** Includes what is replayed next: exact from `caught_up`, or from the `gap`, on. */
  unread_count: number
  /** How many notifications came after the user's "seen" cursor, read or not; holds where `unread_count` does. */
  unseen_count: number
  /** Seconds between the server's pings. */
  heartbeat_interval: number
  resume: Resume
  /** When the user's quiet hours end (RFC 3339), if they are now. */
  quiet_until?: string
}

/** Counts of the whole inbox, exact at the frame's `cursor`: unread notifications, and active ones after the "seen" cursor, read or not. */
export interface Counts { unread_count: number, unseen_count: number }

/** Events of early versions have no `unseen_count`, the earliest neither count. */
export interface MarkedIds extends Partial<Counts> { ids: string[] }

/** Payloads of `ok`, by the verb of the frame that is answered. */
export interface OkPayloads {
  /** When the new token expires; absent for an API key that does not. */
  auth: { expires_at?: string }
  read: Marked
  unread: Marked
  delete: Marked
  archive: Marked
  unarchive: Marked
  /** `archived`: those of `ids` that are in the archive again. */
  restore: Marked & { archived: string[] }
  /** Each with its first acknowledgement. */
  acknowledge: Marked & { acknowledged: Acknowledged[] }
  read_all: Counts & { count: number }
  seen: Counts
  /** What was acknowledged. */
  ack: { cursor: string }
  /** The action that was chosen first. */
  act: Acted & Counts
  /**
   * `cursor` is the notification's own; `unknown_users` comes where the audience names users. What is sent later has
   * `send_at` instead.
   */
  send: { id: string, cursor: string, unknown_users?: number } | { id: string, send_at: string }
}

/** The action of a notification that its reader chose, and when (RFC 3339). */
export interface Acted { id: string, action: string, at: string }

/** `missing` are the ids that are not in the inbox. */
export interface Marked extends Counts {
  ids: string[]
  missing: string[]
  /** Those of `ids` that were left as they are, because they were changed after the mark's `since`; absent if there are none. */
  overtaken?: string[]
  /** What was not done, and the code of why; absent if all was. */
  refused?: { id: string, code: string }[]
}

/** When a notification was acknowledged (RFC 3339), and whether that was after it was due. */
export interface Acknowledged { id: string, at: string, late: boolean }

export interface WelcomeFrame extends EventFrame<'welcome', Welcome> { reply_to?: string }
export interface NotificationFrame extends EventFrame<'notification', Notification> { id: string }
/** The user did this on another socket or over REST, as with the next ones up to `inbox.seen`. */
export type NotificationReadFrame = EventFrame<'notification.read', MarkedIds>
export type NotificationUnreadFrame = EventFrame<'notification.unread', MarkedIds>
export type NotificationDeletedFrame = EventFrame<'notification.deleted', MarkedIds>
export type NotificationArchivedFrame = EventFrame<'notification.archived', MarkedIds>
export type NotificationUnarchivedFrame = EventFrame<'notification.unarchived', MarkedIds>
/** What was deleted is in the inbox again; `archived` are those of `ids` that are in its archive, because they were there before. */
export type NotificationRestoredFrame = EventFrame<'notification.restored', MarkedIds & { archived: string[] }>
export type NotificationActedFrame = EventFrame<'notification.acted', Acted & Counts>
/** The user acknowledged notifications; `late` are those of `ids` that were due before. */
export type NotificationAcknowledgedFrame = EventFrame<'notification.acknowledged', Counts & { ids: string[], at: string, late: string[] }>
/** A notification must still be acknowledged; the `number`-th reminder. */
export type NotificationReminderFrame = EventFrame<'notification.reminder', { id: string, number: number, by?: string }>
/** Everything up to and including `payload.cursor` was shown to the user. */
export type InboxSeenFrame = EventFrame<'inbox.seen', Counts & { cursor: string }>
/** Everything up to and including the cursor `before` is read, or only that of `topic` if there is one. */
export type InboxReadAllFrame = EventFrame<'inbox.read_all', Partial<Counts> & { before: string, topic?: string }>
/** Notifications that the user has, or deleted, were recalled from every inbox. */
export type NotificationRecalledFrame = EventFrame<'notification.recalled', { ids: string[] }>
/** A notification that the user has was edited. Of several revisions, the highest holds. */
export type NotificationUpdatedFrame = EventFrame<'notification.updated', NotificationUpdate> & { id: string }
/** The user joined or left a company or role, so that the inbox holds other notifications: fetch it again. */
export type InboxChangedFrame = EventFrame<'inbox.changed', Partial<Counts> & { reason: 'membership' }>
/**
 * The user's preferences, or the defaults or locks of topics, are others from here on. `quiet_until`: when the quiet hours
 * end (RFC 3339), null if they are not now, in a replay as in the welcome; absent if the change is not the user's own.
 */
export type PreferencesChangedFrame = EventFrame<'preferences.changed', { topics: string[], quiet_until?: string | null }>
/** The replay is over; `count` events were sent. */
export type CaughtUpFrame = EventFrame<'caught_up', { count: number }>
/** The missed events cannot be replayed: fetch the inbox; newer events follow from `cursor` on. */
export type GapFrame = EventFrame<'gap', { reason: GapReason }>

/** The topic filter in force: `['*']` is everything, `[]` no topic. */
export interface SubscribedFrame { type: 'subscribed', cursor?: string, reply_to?: string, payload: { topics: string[] } }
/** The token expires within 60 seconds, at `expires_at`. */
export interface TokenExpiringFrame { type: 'token.expiring', payload: { expires_at: string } }
/** The request is done, committed and synced to disk. */
export interface OkFrame<V extends keyof OkPayloads = keyof OkPayloads> { type: 'ok', cursor?: string, reply_to?: string, payload?: OkPayloads[V] }
/** The request was not done. `code` is an `ErrorCode`, or one of a later version. */
export interface ErrorFrame { type: 'error', reply_to?: string, payload: { code: string, detail: string, errors?: FieldError[], retry_after?: number } }
export interface PongFrame { type: 'pong', reply_to?: string }

/** The last event of a stream, where a WebSocket would be closed with this code; it has no cursor. It is no `ServerFrame`, because no socket gets it. */
export interface CloseFrame { type: 'close', payload: { code: CloseCode, reason: string, reconnect: Reconnect } }

export type ServerFrame =
  | WelcomeFrame | NotificationFrame
  | NotificationReadFrame | NotificationUnreadFrame | NotificationDeletedFrame | NotificationRecalledFrame
  | NotificationArchivedFrame | NotificationUnarchivedFrame | NotificationRestoredFrame | NotificationActedFrame | NotificationAcknowledgedFrame | NotificationReminderFrame
  | NotificationUpdatedFrame
  | InboxReadAllFrame | InboxSeenFrame | InboxChangedFrame | PreferencesChangedFrame
  | CaughtUpFrame | GapFrame | SubscribedFrame | TokenExpiringFrame
  | OkFrame | ErrorFrame | PongFrame

export type ServerFrameType = ServerFrame['type']

/** The frame of a type. */
export type ServerFrameOf<T extends ServerFrameType> = Extract<ServerFrame, { type: T }>
