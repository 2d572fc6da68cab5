import type { NotificationData, NotificationType, Shape } from './notification.ts'

/**
 * Frames that a client sends, told apart by `type`. The comment of each says which frame answers it; an `error`
 * frame may come instead. The answer repeats the `id` as `reply_to`.
 */
interface Frame<Type extends string, Payload> {
  id?: string
  type: Type
  payload: Payload
}

/** A frame that may come without a payload. */
interface BareFrame<Type extends string, Payload> {
  id?: string
  type: Type
  payload?: Payload
}

export interface Topics { topics: string[] }
export interface Ids { ids: string[] }
export interface Marking extends Ids {
  /** A cursor: what was changed after it, in the same state, is newer than this mark and is left as it is. */
  since?: string
}

/** Who does not get a notification although the rest of the audience matches. */
interface Except { not?: { users: string[] } }

/** Who gets a notification. Within a list any entry matches; companies and roles together must both match. */
export type Audience =
  | { all: true } & Except
  | { users: string[] } & Except
  | { companies: string[], roles?: string[] } & Except
  | { roles: string[] } & Except
  | { groups: string[], company?: string } & Except

export interface Send extends Shape {
  title: string
  message: string
  priority: NotificationType
  topic: string
  /** Makes a retry safe: the same id with the same content is stored and delivered once. */
  id?: string
  data?: NotificationData
  /** When it leaves the inboxes, ISO 8601. */
  expires_at?: string
  /** When to send it instead of now, ISO 8601. */
  send_at?: string
  /** The last notification of the same sender to the same audience with the same key is recalled. */
  replace_key?: string
  /** Also for users who join its audience before `expires_at`, which it then needs. */
  late_joiners?: boolean
  /** It must be acknowledged: `by` (ISO 8601), with a reminder every so many seconds (3600 at least), six at most; in the end `escalate_to` is told how many have not. */
  acknowledge?: { by?: string, remind_every?: number, reminders?: number, escalate_to?: Audience }
  /** Absent: everyone. */
  audience?: Audience
}

/** Which notifications to mark as read. Without either field: all of them. */
export interface ReadAll {
  /** A cursor: up to and including the notification there. */
  before?: string
  topic?: string
  /** A cursor: if as much was marked as read after it, this does nothing. */
  since?: string
}

/** Authenticates a new socket (answered by `welcome`), or renews the token of an open one (by `ok`). */
export type AuthFrame = Frame<'auth', { token: string }>
/** Adds topics to the filter, or narrows a filter of everything to them. Answered by `subscribed`. */
export type SubscribeFrame = Frame<'subscribe', Topics>
/** Takes topics out of the filter. Answered by `subscribed`. */
export type UnsubscribeFrame = Frame<'unsubscribe', Topics>
/** Answered by `ok`. */
export type ReadFrame = Frame<'read', Marking>
/** Answered by `ok`. */
export type UnreadFrame = Frame<'unread', Marking>
/** Deletes from the user's own inbox. Answered by `ok`. */
export type DeleteFrame = Frame<'delete', Marking>
/** Takes out of the list and the counts. Answered by `ok`. */
export type ArchiveFrame = Frame<'archive', Marking>
/** Answered by `ok`. */
export type UnarchiveFrame = Frame<'unarchive', Marking>
/** Brings back what was deleted. Answered by `ok`. */
export type RestoreFrame = Frame<'restore', Marking>
/** Acknowledges what must be. Answered by `ok`. */
export type AcknowledgeFrame = Frame<'acknowledge', Ids>
/** Answered by `ok`. */
export type ReadAllFrame = BareFrame<'read_all', ReadAll>
/** Everything up to the cursor was shown to the user. Answered by `ok`. */
export type SeenFrame = Frame<'seen', { cursor: string }>
/** The socket's device has everything up to the cursor. Answered by `ok`, once it is written: that may take five seconds. */
export type AckFrame = Frame<'ack', { cursor: string }>
/** Chooses an action of a notification: the first one counts. Answered by `ok`. */
export type ActFrame = Frame<'act', { id: string, action: string }>
/** Answered by `ok`. */
export type SendFrame = Frame<'send', Send>
/** Answered by `pong`, at once. */
export type PingFrame = BareFrame<'ping', Record<string, never>>

export type ClientFrame =
  | AuthFrame | SubscribeFrame | UnsubscribeFrame
  | ReadFrame | UnreadFrame | DeleteFrame | ArchiveFrame | UnarchiveFrame | RestoreFrame | AcknowledgeFrame | ReadAllFrame | SeenFrame | AckFrame | ActFrame
  | SendFrame | PingFrame

/** What a client frame asks for: its `type`. */
export type Verb = ClientFrame['type']

/** The frame of a verb. */
export type ClientFrameOf<V extends Verb> = Extract<ClientFrame, { type: V }>
