import type { FeedType } from '../../protocol/outbound/feed.ts'
import type { DisabledReason } from '../../protocol/outbound/webhook.ts'
import type { ActorRef } from '../../rights/principal.ts'
import type { Move } from './readers.ts'

/** A secret that signs, until then (milliseconds since 1970) or, with null, for good. */
export interface WebhookSecret { secret: string, until: number | null }

export interface WebhookRecord {
  id: string
  url: string
  types: FeedType[]
  /** Whose events; null for everybody's. */
  company: string | null
  isOrdered: boolean
  state: 'active' | 'disabled'
  disabledReason: DisabledReason | null
  createdAt: number
}
/** A webhook, and how it fares. Times in milliseconds since 1970. */
export interface WebhookStatus extends WebhookRecord {
  /** When the first attempt failed since which nothing was delivered; null if the last one was delivered. */
  failingSince: number | null
  /** How many events retention removed before it was called for them, and when that was noticed last. */
  missed: number
  missedAt: number | null
}
/** With what signs its calls, the newest first: never for anybody to see. */
export interface WebhookWithSecrets extends WebhookRecord { secrets: WebhookSecret[] }

export type NewWebhook = Pick<WebhookRecord, 'id' | 'url' | 'types' | 'company' | 'isOrdered'> & { secret: string }
export type WebhookChange = Partial<Pick<WebhookRecord, 'url' | 'types' | 'isOrdered' | 'state'>>

/** A delivery that was given up. */
export interface FailedDelivery { notificationIds?: string[], userId?: string, topic?: string }

export interface WebhookMove extends Move {
  /** Whether an attempt succeeded, whether one failed, and whether the receiver wants no more. */
  hasDelivered: boolean
  hasFailed: boolean
  isGone: boolean
  /** What to tell in the log. */
  failed: FailedDelivery[]
}

/** Webhooks. Each is a reader of the log; rights are judged inside the write, by the webhook's company. */
export interface Webhooks {
  /** It is called for what comes after it. Throws BLF_WEBHOOKS_FULL. */
  createWebhook (webhook: NewWebhook, by?: ActorRef): Promise<WebhookStatus>
  /** In order of their ids. `company`: only those of this company. */
  webhooks (filter: { limit: number, after?: string, company?: string }): Promise<WebhookStatus[]>
  /** Undefined if there is none. */
  webhook (id: string): Promise<WebhookStatus | undefined>
  /** Those that are active, and what signs their calls. */
  activeWebhooks (): Promise<WebhookWithSecrets[]>
  /** Of one, also of one that is disabled. */
  webhookSecrets (id: string): Promise<WebhookSecret[]>
  /** Throws BLF_WEBHOOK_NOT_FOUND. To make it active again forgets how long it failed. */
  changeWebhook (id: string, change: WebhookChange, by?: ActorRef): Promise<WebhookStatus>
  /** Throws BLF_WEBHOOK_NOT_FOUND. */
  removeWebhook (id: string, by?: ActorRef): Promise<void>
  /** Gives it another secret; the one before signs too for `overlapMs`. Throws BLF_WEBHOOK_NOT_FOUND. */
  rotateWebhook (id: string, secret: string, overlapMs: number, by?: ActorRef): Promise<void>
  /** Moves its place to `seq`: what came after it is delivered again. Throws BLF_WEBHOOK_NOT_FOUND, BLF_BAD_CURSOR if the log does not have it any more. */
  replayWebhook (id: string, seq: number, by?: ActorRef): Promise<void>
  /** As `moveReader`; disables the webhook if it is gone, or has failed for `failingMs`, and tells the log of that and of what was given up. */
  moveWebhook (id: string, token: number, move: WebhookMove, failingMs: number): Promise<boolean>
}
