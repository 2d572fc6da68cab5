import type { AgeLimit } from '../../log/age-limit.ts'
import type { ReceiptState } from '../../protocol/outbound/push.ts'
import type { ChannelSettings } from '../../preferences/records.ts'
import type { ActorRef } from '../../rights/principal.ts'
import type { Place } from './readers.ts'

/** Where a browser gets pushes. Times in milliseconds since 1970. */
export interface PushSubscriptionRecord {
  id: string
  userId: string
  endpoint: string
  /** base64url, as the browser made them. */
  p256dh: string
  auth: string
  /** The server's public key that it was made for. */
  vapidKey: string
  /** The device whose deliveries its receipts record. */
  device: string | null
  createdAt: number
  /** When it was registered last. */
  renewedAt: number
  expiresAt: number | null
}

export type NewPushSubscription = Pick<PushSubscriptionRecord, 'id' | 'userId' | 'endpoint' | 'p256dh' | 'auth' | 'vapidKey' | 'device' | 'expiresAt'> & {
  /** Of the endpoint. */
  hash: string
  /** The session that it ends with. */
  sessionId: string | null
}

/** What of a notification is pushed. */
export interface PushContent {
  id: string
  title: string
  message: string
  url?: string
  urgency?: 'low' | 'normal' | 'high'
  actions?: { id: string, label: string, url?: string }[]
}

/** A notification, as pushes need it: the same object for all its pushes of one page. */
export interface PushedNotification {
  seq: number
  content: PushContent
  topic: string | null
  expiresAt: number | null
  /** The company that the whole audience was in. */
  scope: string | null
  /** What it is the newest of, if it replaced something. */
  chain: string | null
}

/**
 * One notification for one subscription of a user who has it, and has neither read, seen, acknowledged, archived nor deleted it; or a reminder of one
 * that its user has not acknowledged.
 */
export interface Push {
  /** Of the event that asks for it: the notification's own, or that of the reminder. */
  seq: number
  notification: PushedNotification
  /** The audience key under which the user has it. */
  key: string
  subscription: Pick<PushSubscriptionRecord, 'id' | 'userId' | 'endpoint' | 'p256dh' | 'auth' | 'vapidKey'>
  /** What decides whether and when the user wants it. */
  settings: ChannelSettings
}

export interface PushPage {
  /** In the order of their events; those of one user together. `at` is the place where the page ends if it ends there. */
  pushes: { push: Push, place: Place }[]
  /** Up to here there is no other. */
  upTo: Place
}

/** What is due: one that failed before, or what was held back in quiet hours. */
export interface DuePush {
  /** How often it was attempted. */
  n: number
  /** The subscription and event that failed; null for what was held. */
  call: { subscriptionId: string, seq: number } | null
  userId: string
  /** Of a summary: everything after it is summed up. Null for a single one. */
  since: number | null
  /** What there is to push now, by subscription: nothing, if nobody is to get it any more. A single one may have expired since. */
  pushes: Push[]
}

/** What is written down of one that was attempted and not delivered, or of a due one. */
export interface PushCall {
  subscriptionId: string
  seq: number
  userId: string
  key: string
  since: number | null
  /** `out`: its push service was asked, and has not answered yet. */
  state: 'pending' | 'out' | 'failed' | 'delivered'
  n: number
  status: number | null
  error: string | null
  /** In how many milliseconds it is due again; null if it is neither pending nor out. */
  nextIn: number | null
}

export interface PushMove {
  place: Place
  missed: number
  calls: PushCall[]
  /** What push services took: notifications, by their own `seq`. */
  sent: { userId: string, seq: number }[]
  /** Subscriptions that have ended. */
  gone: string[]
  /** Users who get a summary later, of what comes after `after`: `until` is milliseconds since 1970. */
  held: { userId: string, after: number, until: number }[]
  /** Users whose summary was attempted. */
  released: string[]
  /** Notifications that somebody will not get for good, for the log. */
  lost: { id: string, userId: string | null, topic: string | null, scope: string | null }[]
}

/** What is known of one notification at one user's subscriptions. Times in milliseconds since 1970, null if it is not so. */
export interface PushState {
  /** When a push service first took it. */
  sentAt: number | null
  /** When a browser first said that it showed it. */
  shownAt: number | null
  /** When it is tried again, or it is looked at again what came of a try. */
  nextAt: number | null
  /** When it was given up, at all of them. */
  failedAt: number | null
  /** Until when quiet hours hold it. */
  heldUntil: number | null
  /** When the oldest subscription was made. */
  subscribedAt: number | null
}

/** Web Push. Every method that writes for a user judges the actor's rights inside the write. */
export interface Pushes {
  /**
   * Registers a subscription, or renews the one with this endpoint, which is this user's from then on, with another id if it was somebody else's. Of more than
   * ten of a user, those end that were not renewed for the longest time.
   */
  putPushSubscription (subscription: NewPushSubscription, by?: ActorRef): Promise<{ subscription: PushSubscriptionRecord, created: boolean }>
  /** A user's, the newest first. */
  pushSubscriptions (userId: string): Promise<PushSubscriptionRecord[]>
  /** Throws BLF_SUBSCRIPTION_NOT_FOUND. */
  removePushSubscription (userId: string, id: string, by?: ActorRef): Promise<void>
  /** Ends those that a user registered with tokens that have no session. */
  removeUnboundPushSubscriptions (userId: string): Promise<void>
  /** What to push after a place, of notifications and reminders that are `old` enough: about `limit`. It looks at a bounded part of the log and of the audiences. Undefined if retention removed some. */
  pushes (after: Place, options: { old: AgeLimit, limit: number }): Promise<PushPage | undefined>
  /** What is due again, and what was held until now. */
  duePushes (limit: number): Promise<DuePush[]>
  /** How many are pending (counted up to a bound), and in how many milliseconds something is due: null for never. */
  pendingPushes (): Promise<{ pending: number, dueIn: number | null }>
  /** Moves the place of the reader, and writes down what came of it, in one commit; false, and nothing is done, if its lease was taken by somebody else. */
  movePushes (token: number, move: PushMove): Promise<boolean>
  /** Makes due at once what is out: for a node that takes the reader, which knows nothing of the answers. */
  recallPushes (): Promise<void>
  /** For reports. */
  pushState (userId: string, seq: number): Promise<PushState>
  /**
   * Takes a browser's receipt: the notification was delivered to the subscription's device, and its user chose an action, if one is given.
   * Each state is taken once, and `acted` without an action is one of its own: the notification was opened. Throws BLF_RECEIPT_NOT_FOUND, BLF_ACTION_NOT_FOUND.
   */
  takePushReceipt (receipt: { subscriptionId: string, seq: number, state: ReceiptState, action?: string }): Promise<void>
}
