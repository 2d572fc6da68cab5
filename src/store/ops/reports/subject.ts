import { get, type Steps } from '../../query.ts'
import type { Subject } from './recipients.ts'

export interface Found extends Subject { expiresAt: number | null, isExpired: boolean, isRecalled: boolean, /** Whether it is for late joiners too. */ isLate: boolean, /** Whether it must be acknowledged. */ isOwed: boolean, head: number }

interface Row { seq: number, topic: string | null, keys: string, expires_at: number | null, recalled_at: number | null, head: number, late: number | null, owed: number, muted: number, covered: number, answered: number }

/** The notification with this id, as it is now; undefined if the log does not have it. */
export function * find (id: string, now: number): Steps<Found | undefined> {
  const row = yield * get<Row>(
    `SELECT n.seq, n.topic, n.keys, n.expires_at, n.recalled_at, n.late, l.seq AS head,
       CASE WHEN EXISTS (SELECT 1 FROM demands d WHERE d.seq = n.seq) THEN 1 ELSE 0 END AS owed,
       CASE WHEN EXISTS (SELECT 1 FROM topic_settings x WHERE x.topic = n.topic AND x.inbox = 0 AND x.from_seq < n.seq) THEN 1 ELSE 0 END AS muted,
       CASE WHEN (SELECT MAX(t.seq) FROM read_through t) >= n.seq THEN 1 ELSE 0 END AS covered,
       CASE WHEN EXISTS (SELECT 1 FROM acts a WHERE a.seq = n.seq) OR EXISTS (SELECT 1 FROM acknowledgements k WHERE k.seq = n.seq) THEN 1 ELSE 0 END AS answered
     FROM events n CROSS JOIN log l WHERE n.id = ? AND n.kind = 'notification'`, id
  )
  if (!row) return undefined
  const { seq, topic, head, expires_at: expiresAt, recalled_at: recalledAt } = row
  const isExpired = expiresAt !== null && expiresAt <= now
  const ends = [...isExpired ? [expiresAt] : [], ...recalledAt === null ? [] : [recalledAt]]
  const endedAt = ends.length > 0 ? Math.min(...ends) : null
  const possible = { muted: row.muted === 1, covered: row.covered === 1, answered: row.answered === 1 }
  return { seq, topic, keys: JSON.parse(row.keys) as string[], possible, endedAt, expiresAt, isExpired, isRecalled: recalledAt !== null, isLate: row.late === 1, isOwed: row.owed === 1, head }
}
