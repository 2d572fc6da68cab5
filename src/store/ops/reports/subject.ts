import { get, type Steps } from '../../query.ts'
import type { Subject } from './recipients.ts'

export interface Found extends Subject { expiresAt: number | null, isExpired: boolean, isRecalled: boolean, head: number }

interface Row { seq: number, topic: string | null, keys: string, expires_at: number | null, recalled_at: number | null, head: number, may_be_muted: number }

/** The notification with this id, as it is now; undefined if the log does not have it. */
export function * find (id: string, now: number): Steps<Found | undefined> {
  const row = yield * get<Row>(
    `SELECT n.seq, n.topic, n.keys, n.expires_at, n.recalled_at, l.seq AS head,
       CASE WHEN EXISTS (SELECT 1 FROM topic_settings x WHERE x.topic = n.topic AND x.inbox = 0 AND x.from_seq < n.seq) THEN 1 ELSE 0 END AS may_be_muted
     FROM events n CROSS JOIN log l WHERE n.id = ? AND n.kind = 'notification'`, id
  )
  if (!row) return undefined
  const { seq, topic, expires_at: expiresAt, recalled_at: recalledAt, head } = row
  const isExpired = expiresAt !== null && expiresAt <= now
  const ends = [...isExpired ? [expiresAt] : [], ...recalledAt === null ? [] : [recalledAt]]
  const endedAt = ends.length > 0 ? Math.min(...ends) : null
  return { seq, topic, keys: JSON.parse(row.keys) as string[], mayBeMuted: row.may_be_muted === 1, endedAt, expiresAt, isExpired, isRecalled: recalledAt !== null, head }
}
