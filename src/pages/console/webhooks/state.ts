import type { FeedType } from '../../../protocol/outbound/feed.ts'
import type { CallState, DisabledReason } from '../../../protocol/outbound/webhook.ts'
import { counted } from '../parts/words.ts'

export interface WebhookItem {
  id: string
  url: string
  types: FeedType[]
  company: string | null
  ordered: boolean
  state: 'active' | 'disabled'
  disabled_reason: DisabledReason | null
  failing_since: string | null
  missed: number
  missed_at: string | null
  created_at: string
}

/** What came of the calls for one event. */
export interface AttemptItem { webhook_id: string, n: number, at: string, status: number | null, error?: string, next_at?: string, state: CallState, replay_since: string }

export type Kind = 'success' | 'info' | 'warning' | 'error'

/** The types of events, as people look for them. */
export const GROUPS: Record<string, FeedType[]> = {
  Notifications: ['notification.sent', 'notification.updated', 'notification.recalled'],
  'What readers do': ['notification.read', 'notification.unread', 'notification.archived', 'notification.unarchived', 'notification.deleted', 'notification.restored', 'notification.acknowledged', 'notification.acted', 'inbox.read_all'],
  Users: ['user.created', 'user.updated', 'user.removed'],
  Webhooks: ['delivery.failed', 'webhook.disabled']
}

/** How a webhook fares, in a word. */
export function faring ({ state, disabled_reason: reason, failing_since: since }: WebhookItem): { kind: Kind, word: string } {
  if (state === 'active') return since === null ? { kind: 'success', word: 'active' } : { kind: 'warning', word: 'failing' }
  return reason === 'manual' ? { kind: 'info', word: 'disabled' } : { kind: 'error', word: 'disabled' }
}

/** Why it is not called any more; undefined if it is. */
export function whyDisabled ({ state, disabled_reason: reason }: WebhookItem): string | undefined {
  if (state === 'active') return undefined
  if (reason === 'gone') return 'Its receiver answered 410, which means: never again. Nothing is posted to it.'
  if (reason === 'failing') return 'Nothing was delivered for five days, although it was tried. Nothing is posted to it any more.'
  return 'An admin disabled it. Nothing is posted to it.'
}

export const ATTEMPT: Record<CallState, { kind: Kind, word: string }> = {
  delivered: { kind: 'success', word: 'delivered' },
  pending: { kind: 'warning', word: 'pending' },
  failed: { kind: 'error', word: 'given up' }
}

/** What came of an attempt: "answered 500", "answered 200 at the 3rd attempt". */
export function outcomeText ({ n, status, error }: AttemptItem): string {
  const what = error ?? (status === null ? 'no answer' : `answered ${status}`)
  return n === 1 ? what : `${what}, attempt ${n}`
}

/** So many are asked for to count them. */
export const MOST = 200

/** How many of the newest attempts a replay from this cursor repeats, in words; there may be more than were given if these are `MOST`. */
export function repeatedText (attempts: AttemptItem[], since: string): string | undefined {
  const index = attempts.findIndex(attempt => attempt.replay_since === since)
  if (index === -1) return attempts.length < MOST ? undefined : `${MOST} calls or more`
  return counted(index + 1, 'call')
}

/** The host of a URL, and what follows it. */
export function urlParts (url: string): { host: string, rest: string } {
  const parsed = URL.parse(url)
  if (!parsed) return { host: url, rest: '' }
  const rest = `${parsed.pathname}${parsed.search}`
  return { host: parsed.host, rest: rest === '/' ? '' : rest }
}
