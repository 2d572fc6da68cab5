import { problem } from '../../../errors.ts'
import { senderOf, type ActorRef } from '../../../rights/principal.ts'
import type { NewPushSubscription, PushSubscriptionRecord } from '../../contract/pushes.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { assertMay } from '../identity/actor.ts'
import { memberRow } from '../identity/member.ts'

/** How many subscriptions a user has at the most. */
export const MAX_SUBSCRIPTIONS = 10

interface Row {
  id: string
  user_id: string
  endpoint: string
  p256dh: string
  auth: string
  vapid_key: string
  device: string | null
  created_at: number
  renewed_at: number
  expires_at: number | null
}

const COLUMNS = 'id, user_id, endpoint, p256dh, auth, vapid_key, device, created_at, renewed_at, expires_at'

function * putPushSubscription (context: WriteContext, subscription: NewPushSubscription, by?: ActorRef): Steps<{ subscription: PushSubscriptionRecord, created: boolean }> {
  const { batch, at } = context
  const { id, userId, endpoint, hash, p256dh, auth, vapidKey, device, expiresAt, sessionId } = subscription
  yield * assertMay(batch, by, 'push.use', { owner: senderOf({ kind: 'user', id: userId }) })
  if (!(yield * memberRow(userId))) throw problem('BLF_USER_NOT_FOUND')
  const before = yield * get<{ id: string, user_id: string }>('SELECT id, user_id FROM push_subscriptions WHERE endpoint_hash = ?', hash)
  const isOwn = before?.user_id === userId
  // Receipts and calls name it: they must not become another user's.
  if (before && !isOwn) yield * remove([before.id])
  const row = yield * get<Row>(
    `INSERT INTO push_subscriptions (id, user_id, endpoint, endpoint_hash, p256dh, auth, vapid_key, device, session_id, created_at, renewed_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (endpoint_hash) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth, vapid_key = excluded.vapid_key, device = excluded.device,
       session_id = excluded.session_id, renewed_at = excluded.renewed_at, expires_at = excluded.expires_at
     RETURNING ${COLUMNS}`,
    id, userId, endpoint, hash, p256dh, auth, vapidKey, device, sessionId, at, at, expiresAt
  )
  if (!isOwn) {
    const surplus = yield * all<{ id: string }>(
      'SELECT id FROM push_subscriptions WHERE user_id = ? AND id <> ? ORDER BY renewed_at DESC, id DESC LIMIT 100 OFFSET ?', userId, id, MAX_SUBSCRIPTIONS - 1
    )
    yield * remove(surplus.map(({ id }) => id))
  }
  return { subscription: toRecord(row!), created: !isOwn }
}

function * pushSubscriptions (_context: ReadContext, userId: string): Steps<PushSubscriptionRecord[]> {
  return (yield * all<Row>(`SELECT ${COLUMNS} FROM push_subscriptions WHERE user_id = ? ORDER BY created_at DESC, id DESC`, userId)).map(toRecord)
}

function * removePushSubscription ({ batch }: WriteContext, userId: string, id: string, by?: ActorRef): Steps<void> {
  yield * assertMay(batch, by, 'push.use', { owner: senderOf({ kind: 'user', id: userId }) })
  const found = yield * get('SELECT 1 AS hit FROM push_subscriptions WHERE id = ? AND user_id = ?', id, userId)
  if (!found) throw problem('BLF_SUBSCRIPTION_NOT_FOUND')
  yield * remove([id])
}

/** Ends subscriptions, and what is to be pushed to them: two statements. */
export function * remove (ids: string[]): Steps<void> {
  if (ids.length === 0) return
  const list = listOf(ids.map(id => [id]))
  yield * run(`DELETE FROM push_subscriptions WHERE id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, list)
  yield * run(`DELETE FROM push_calls WHERE next_at IS NOT NULL AND subscription_id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, list)
}

/** Ends the subscriptions that these sessions registered. */
export function * removeOfSessions (ids: string[]): Steps<void> {
  if (ids.length === 0) return
  yield * run(`DELETE FROM push_subscriptions WHERE session_id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, listOf(ids.map(id => [id])))
}

/** Ends the subscriptions that a user registered with tokens that have no session. */
export function * removeUnbound (userId: string): Steps<void> {
  yield * run('DELETE FROM push_subscriptions WHERE user_id = ? AND session_id IS NULL', userId)
}

function * removeUnboundPushSubscriptions (_context: WriteContext, userId: string): Steps<void> {
  yield * removeUnbound(userId)
}

/** Ends all of a user who is removed. */
export function * removePushesOf (userId: string): Steps<void> {
  for (const table of ['push_subscriptions', 'push_calls', 'push_held', 'push_receipts', 'pushed']) yield * run(`DELETE FROM ${table} WHERE user_id = ?`, userId)
}

function toRecord ({ id, user_id: userId, endpoint, p256dh, auth, vapid_key: vapidKey, device, created_at: createdAt, renewed_at: renewedAt, expires_at: expiresAt }: Row): PushSubscriptionRecord {
  return { id, userId, endpoint, p256dh, auth, vapidKey, device, createdAt, renewedAt, expiresAt }
}

export const reads = { pushSubscriptions } satisfies Reads
export const writes = { putPushSubscription, removePushSubscription, removeUnboundPushSubscriptions } satisfies Writes
