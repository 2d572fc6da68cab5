import { webhookReader } from '../../../log/readers.ts'
import type { DisabledReason } from '../../../protocol/outbound/webhook.ts'
import type { WebhookMove } from '../../contract/webhooks.ts'
import { get, run, type Steps } from '../../query.ts'
import { appendControls } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { moveReader } from '../readers/readers.ts'
import { appendChanged, type WebhookRow } from './webhooks.ts'

/** Moves the place of a webhook, and says what came of it: in the same commit, so that each is said once. */
function * moveWebhook (context: WriteContext, id: string, token: number, move: WebhookMove, failingMs: number): Steps<boolean> {
  if (!(yield * moveReader(context, webhookReader(id), token, move))) return false
  const { batch, at } = context
  const row = yield * get<WebhookRow>('SELECT * FROM webhooks WHERE id = ?', id)
  if (!row) return true
  const now = yield * storeTime(batch.clock, at)
  const since = move.hasDelivered ? null : row.failing_since ?? (move.hasFailed ? now : null)
  const reason: DisabledReason | undefined = move.isGone ? 'gone' : since !== null && move.hasFailed && now - since >= failingMs ? 'failing' : undefined
  if (since !== row.failing_since) yield * run('UPDATE webhooks SET failing_since = ? WHERE id = ?', since, id)
  const about = { webhook_id: id, company: row.company }
  yield * appendControls(batch, move.failed.map(({ notificationIds, userId, topic }) => ({
    kind: 'delivery.failed', at, body: JSON.stringify({ ...about, ids: notificationIds, user_id: userId, topic })
  })))
  if (reason === undefined || row.state === 'disabled') return true
  yield * run("UPDATE webhooks SET state = 'disabled', disabled_reason = ? WHERE id = ?", reason, id)
  yield * appendControls(batch, [{ kind: 'webhook.disabled', at, body: JSON.stringify(about) }])
  yield * appendChanged(batch, id, at)
  return true
}

export const writes = { moveWebhook } satisfies Writes
