import { problem } from '../../../errors.ts'
import { PUSH_READER } from '../../../log/readers.ts'
import type { ReceiptState } from '../../../protocol/outbound/push.ts'
import type { PushCall, PushMove } from '../../contract/pushes.ts'
import { get, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { appendControls } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { act } from '../inbox/seen.ts'
import { moveReader } from '../readers/readers.ts'
import { recordDeliveries } from '../receipts/deliveries.ts'
import { remove } from './subscriptions.ts'

/** The device of subscriptions that named none. */
const DEVICE = 'push'

/** Of a receipt that the user opened it, without an action. */
const OPENED = 'opened'

/** Moves the reader, and writes down what came of it. Fourteen statements at most, however many pushes. */
function * movePushes (context: WriteContext, token: number, { place, missed, calls, sent, gone, held, released, lost }: PushMove): Steps<boolean> {
  if (!(yield * moveReader(context, PUSH_READER, token, { ...place, calls: [], missed }))) return false
  const { batch, at } = context
  const now = yield * storeTime(batch.clock, at)
  yield * putCalls(calls.filter(({ state }) => state !== 'delivered'), now)
  yield * dropCalls(calls.filter(({ state }) => state === 'delivered'))
  yield * note(sent, now)
  yield * remove(gone)
  if (released.length > 0) {
    yield * run(`DELETE FROM push_held WHERE due_at <= ? AND user_id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, now, listOf(released.map(id => [id])))
  }
  yield * hold(held)
  yield * appendControls(batch, lost.map(({ id, userId, topic, scope }) => ({
    kind: 'delivery.failed', at, body: JSON.stringify({ channel: 'push', company: scope, ids: [id], ...(userId === null ? {} : { user_id: userId }), ...(topic === null ? {} : { topic }) })
  })))
  return true
}

const COLUMNS = ['subscription_id', 'seq', 'user_id', 'key', 'since', 'state', 'n', 'at', 'status', 'error', 'next_at']
const CALLS = rowsOf({
  subscription_id: 'TEXT', seq: 'BIGINT', user_id: 'TEXT', key: 'TEXT', since: 'BIGINT', state: 'TEXT', n: 'BIGINT', at: 'BIGINT', status: 'BIGINT', error: 'TEXT', next_at: 'BIGINT'
})

function * putCalls (calls: PushCall[], now: number): Steps<void> {
  if (calls.length === 0) return
  const rows = calls.map(({ subscriptionId, seq, userId, key, since, state, n, status, error, nextIn }): Value[] => {
    return [subscriptionId, seq, userId, key, since, state, n, now, status, error, nextIn === null ? null : Math.round(now + nextIn)]
  })
  yield * run(
    `INSERT INTO push_calls (${COLUMNS.join(', ')}) SELECT ${COLUMNS.map(column => `d.${column}`).join(', ')} FROM ${CALLS} AS d WHERE TRUE
     ON CONFLICT (subscription_id, seq) DO UPDATE SET ${COLUMNS.slice(2).map(column => `${column} = excluded.${column}`).join(', ')}`, listOf(rows)
  )
}

function * dropCalls (calls: PushCall[]): Steps<void> {
  if (calls.length === 0) return
  yield * run(
    `DELETE FROM push_calls WHERE (subscription_id, seq) IN (SELECT subscription_id, seq FROM ${rowsOf({ subscription_id: 'TEXT', seq: 'BIGINT' })} AS d)`,
    listOf(calls.map(({ subscriptionId, seq }) => [subscriptionId, seq]))
  )
}

/** The first push service that takes it says when it was sent. */
function * note (sent: PushMove['sent'], now: number): Steps<void> {
  if (sent.length === 0) return
  const pairs = new Map(sent.map(({ userId, seq }): [string, Value[]] => [`${seq} ${userId}`, [userId, seq]]))
  yield * run(
    `INSERT INTO pushed (user_id, seq, at) SELECT d.user_id, d.seq, CAST(? AS BIGINT) FROM ${rowsOf({ user_id: 'TEXT', seq: 'BIGINT' })} AS d
     WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = d.user_id AND u.deleted_at IS NULL) ON CONFLICT (user_id, seq) DO NOTHING`, now, listOf([...pairs.values()])
  )
}

function * recallPushes ({ batch, at }: WriteContext): Steps<void> {
  yield * run("UPDATE push_calls SET next_at = ? WHERE state = 'out'", yield * storeTime(batch.clock, at))
}

/** One summary a user, of everything since the first that was held. */
function * hold (held: PushMove['held']): Steps<void> {
  if (held.length === 0) return
  const first = new Map<string, PushMove['held'][number]>()
  for (const one of held) if (one.after < (first.get(one.userId)?.after ?? Infinity)) first.set(one.userId, one)
  yield * run(
    `INSERT INTO push_held (user_id, after, due_at) SELECT d.user_id, d.after, d.due_at FROM ${rowsOf({ user_id: 'TEXT', after: 'BIGINT', due_at: 'BIGINT' })} AS d WHERE TRUE
     ON CONFLICT (user_id) DO UPDATE SET due_at = excluded.due_at, after = CASE WHEN push_held.after < excluded.after THEN push_held.after ELSE excluded.after END`,
    listOf([...first.values()].map(({ userId, after, until }) => [userId, after, until]))
  )
}

/** Of a reminder, what it is of. */
const NOTIFICATION = `SELECT n.id, n.seq FROM events e JOIN events n ON n.seq = COALESCE(e.origin_seq, e.seq)
  WHERE e.seq = ? AND e.kind IN ('notification', 'notification.reminder') AND n.kind = 'notification'`

function * takePushReceipt (context: WriteContext, { subscriptionId, seq, state, action }: { subscriptionId: string, seq: number, state: ReceiptState, action?: string }): Steps<void> {
  const subscription = yield * get<{ user_id: string, device: string | null }>(
    'SELECT s.user_id, s.device FROM push_subscriptions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL WHERE s.id = ?', subscriptionId
  )
  const notification = subscription && (yield * get<{ id: string, seq: number }>(NOTIFICATION, seq))
  if (!notification) throw problem('BLF_RECEIPT_NOT_FOUND')
  const { user_id: userId, device } = subscription
  const taken = yield * get(
    'INSERT INTO push_receipts (subscription_id, seq, state, user_id, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (subscription_id, seq, state) DO NOTHING RETURNING 1 AS taken',
    // Whoever opens a notification may choose an action still.
    subscriptionId, seq, state === 'acted' && action === undefined ? OPENED : state, userId, context.at
  )
  if (!taken) throw problem('BLF_RECEIPT_NOT_FOUND')
  // Whoever was reminded has the notification, too.
  yield * recordDeliveries(context, [...new Set([notification.seq, seq])].map(high => ({ userId, device: device ?? DEVICE, low: high - 1, high })))
  if (action !== undefined) yield * act(context, userId, notification.id, action)
}

export const writes = { movePushes, recallPushes, takePushReceipt } satisfies Writes
