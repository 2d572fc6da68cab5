import type { PushState } from '../../contract/pushes.ts'
import { get, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'

const STATE = `SELECT (SELECT p.at FROM pushed p WHERE p.user_id = d.id AND p.seq = d.seq) AS sent_at,
    (SELECT MIN(r.at) FROM push_receipts r WHERE r.user_id = d.id AND r.seq = d.seq) AS shown_at,
    (SELECT MIN(c.next_at) FROM push_calls c WHERE c.user_id = d.id AND c.seq = d.seq) AS next_at,
    (SELECT MAX(c.at) FROM push_calls c WHERE c.user_id = d.id AND c.seq = d.seq AND c.next_at IS NULL) AS failed_at,
    (SELECT h.due_at FROM push_held h WHERE h.user_id = d.id AND h.after < d.seq) AS held_until,
    (SELECT MIN(s.created_at) FROM push_subscriptions s WHERE s.user_id = d.id) AS subscribed_at,
    (SELECT count(*) FROM push_subscriptions s WHERE s.user_id = d.id) AS subscriptions,
    (SELECT count(*) FROM push_calls c WHERE c.user_id = d.id AND c.seq = d.seq AND c.next_at IS NULL) AS failures
  FROM (SELECT CAST(? AS TEXT) AS id, CAST(? AS BIGINT) AS seq) AS d`

interface Row { sent_at: number | null, shown_at: number | null, next_at: number | null, failed_at: number | null, held_until: number | null, subscribed_at: number | null, subscriptions: number, failures: number }

function * pushState (_context: ReadContext, userId: string, seq: number): Steps<PushState> {
  const row = (yield * get<Row>(STATE, userId, seq))!
  // One that failed at every subscription has failed; else it is at some device.
  const hasFailed = Number(row.failures) > 0 && Number(row.failures) >= Number(row.subscriptions)
  return { sentAt: row.sent_at, shownAt: row.shown_at, nextAt: row.next_at, failedAt: hasFailed ? row.failed_at : null, heldUntil: row.held_until, subscribedAt: row.subscribed_at }
}

export const reads = { pushState } satisfies Reads
