import type { Send } from '../../protocol/client-frames.ts'
import type { NotificationData, NotificationType, Shape } from '../../protocol/notification.ts'

export interface SendOptions {
  /** Gives up when it is aborted: whether the notification was sent is not known then. */
  signal?: AbortSignal | undefined
}

/** The notification was sent: it is committed and synced to disk. */
export interface Sent {
  message: string
  id: string
  /** Its place in the log. */
  cursor: string
  /** For an audience of users: how many of its ids named nobody. */
  unknown_users?: number
}

/** The notification is planned: committed and synced to disk. */
export interface Scheduled {
  message: string
  id: string
  /** RFC 3339, UTC. */
  send_at: string
}

/** The notification was broadcast: it is committed and synced to disk. */
export interface Broadcasted {
  status: 'success'
  message: string
  /** The id that was given, or another one if that was taken. */
  id: string
  cursor: string
}

/** What came of a notification of a batch that was sent. */
export type BatchItem = Omit<Sent, 'message' | 'unknown_users'> | Omit<Scheduled, 'message'>

/** A notification to broadcast. */
export interface Broadcast extends Shape, Pick<Send, 'id' | 'expires_at' | 'send_at' | 'replace_key' | 'late_joiners' | 'acknowledge'> {
  title: string
  message: string
  type: NotificationType
  data?: NotificationData
}

/**
 * Whom to broadcast to: a company, a role everywhere or in a company, or a group. A group is global without a `company`, except
 * that a company's admin means one of their own. A field that is there is a text that is not empty.
 */
export type BroadcastTarget =
  { company: string, role?: string, group?: never } |
  { role: string, company?: never, group?: never } |
  { group: string, company?: string, role?: never }
