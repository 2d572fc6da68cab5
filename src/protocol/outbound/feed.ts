/** The types of the event feed. */
export const feedTypes = [
  'notification.sent', 'notification.updated', 'notification.recalled',
  'notification.read', 'notification.unread', 'notification.archived', 'notification.unarchived', 'notification.deleted', 'notification.restored',
  'notification.acknowledged', 'notification.acted',
  'inbox.read_all',
  'user.created', 'user.updated', 'user.removed',
  'delivery.failed', 'webhook.disabled'
] as const

export type FeedType = typeof feedTypes[number]

/** What else than a webhook can fail to deliver. */
export type DeliveryChannel = 'push' | 'mail'

/** An event as backends get it: what happened, when, to what and by whom; never a text. */
export interface FeedItem {
  /** Where it stands in the log. The feed goes on after it, and an inbox's socket resumes from it. */
  cursor: string
  /** A later version may have more. */
  type: FeedType | (string & {})
  /** RFC 3339. */
  at: string
  /** Who did it, or, of `user.…`, whom it is about; of `delivery.failed` of push or mail, who did not get it, unless push gave it up for several users together. */
  user_id?: string
  /** Which notifications it is about, 100 at most. */
  notification_ids?: string[]
  /** Of `inbox.read_all`: everything up to and including this cursor is read. */
  before?: string
  /** The notification's topic, or the one that was read. */
  topic?: string
  /** Of `webhook.disabled`, and of `delivery.failed` where a webhook failed: which. */
  webhook_id?: string
  /** Of `delivery.failed` where push or mail failed: which of them. */
  channel?: DeliveryChannel | (string & {})
}

export interface FeedPage {
  items: FeedItem[]
  /** Where to go on: it has passed what was left out by `types`, too. */
  cursor: string
}
