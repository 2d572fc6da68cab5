import type { FeedItem } from './feed.ts'

/** What is posted to a webhook. */
export interface WebhookCall {
  type: string
  /** When it happened, RFC 3339. */
  timestamp: string
  data: FeedItem
}

/**
 * - `pending`: to be done again at its time.
 * - `delivered`: done.
 * - `failed`: given up.
 */
export const callStates = ['pending', 'delivered', 'failed'] as const
export type CallState = typeof callStates[number]

/** `gone`: it answered 410. `failing`: nothing was delivered for five days. `manual`: somebody switched it off. */
export type DisabledReason = 'gone' | 'failing' | 'manual'
