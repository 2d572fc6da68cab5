/** Events that are sent to sockets and change inboxes. */
export type NotificationEventKind =
  'notification' | 'notification.read' | 'notification.unread' | 'notification.deleted' | 'notification.recalled' | 'notification.updated' |
  'notification.archived' | 'notification.unarchived' | 'notification.restored' | 'notification.acted' | 'notification.acknowledged' | 'notification.reminder' | 'inbox.read_all' | 'inbox.seen' | 'inbox.changed' |
  'preferences.changed'
/** Events that nodes act on; they are never sent to sockets. */
export const CONTROL_KINDS = [
  'user.updated', 'members.changed', 'group.removed', 'topics.changed', 'session.revoked', 'key.revoked',
  'webhook.changed', 'webhook.disabled', 'delivery.failed'
] as const
export type ControlEventKind = typeof CONTROL_KINDS[number]

/** The details of `members.changed`: by a group's key, the ids of those who became members and of those who no longer are. */
export interface MembersChanged { joined: Record<string, string[]>, left: Record<string, string[]> }

/** The details of `topics.changed`: for whoever has the audience key `scope`, what is said of each topic's inbox from here on, and with which rank (`mutes.ts`); null for nothing. */
export interface TopicsChanged { scope: string, topics: Record<string, { isOn: boolean, rank: number } | null> }
export type EventKind = NotificationEventKind | ControlEventKind

/** One entry of the log. */
export interface LogEvent {
  seq: number
  kind: EventKind
  /** The notification's id; null for every other kind. */
  id: string | null
  /** Audience keys (`src/log/audience.ts`). */
  keys: string[]
  topic: string | null
  /** Milliseconds since 1970. */
  at: number
  expiresAt: number | null
  /**
   * Only of `notification.updated` and `notification.recalled` (early versions did not record it for the latter): the `seq` of the
   * notification that it is about. It is for whoever was addressed by the keys then.
   */
  originSeq?: number
  /** Only of one about a notification for late joiners: it is for whomever the keys address now. */
  isLate?: boolean
  /** JSON: the frame's payload, or a control event's details. */
  body: string
}
