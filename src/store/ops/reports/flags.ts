import type { Recipient, ReportState } from '../../contract/reports.ts'
import { NO_END } from './place.ts'
import { mutedAt } from '../preferences/muted.ts'

/*
 * SQL for the states of recipients (m: `user_id`, `from_seq` and `to_seq`, where the membership began and ended, and `place_seq`, by which they are walked) of
 * the notification p. What somebody did after the end of the membership, or of the notification, does not concern it: a "read all" covers what is not there any
 * more, too. Nor does what a late joiner did before.
 */

/** SQL for the first time that the user's "seen" cursor passed the notification, as one of these columns of it; NULL if it did not in time. */
export const firstSeen = (column: string) => `(SELECT CASE WHEN s.at_seq < m.to_seq AND s.at < p.ended_at THEN s.${column} END
  FROM seen_through s WHERE s.user_id = m.user_id AND s.seq >= p.seq AND s.at_seq > m.from_seq ORDER BY s.seq, s.at_seq LIMIT 1)`

/** SQL for the "read all" marks that cover the notification. */
const COVERING = "FROM read_through t WHERE t.user_id = m.user_id AND t.topic IN ('', COALESCE(p.topic, '')) AND t.seq >= p.seq AND t.at_seq > m.from_seq AND t.at_seq < m.to_seq AND t.at < p.ended_at"

const OWN_MARK = 'FROM marks o WHERE o.user_id = m.user_id AND o.seq = p.seq AND o.at_seq > m.from_seq'

/** SQL for when it was read, NULL if it is unread. */
export const READ_AT = `(SELECT CASE WHEN k.read = 0 THEN NULL WHEN k.read = 1 THEN k.read_at ELSE (SELECT MIN(t.at) ${COVERING}) END
  FROM (SELECT (SELECT o.read ${OWN_MARK}) AS read, (SELECT o.read_at ${OWN_MARK}) AS read_at) AS k)`

/** What anybody can have made of it, as far as one look tells (`subject.ts`): of the rest, nobody is asked, for each question is a lookup a recipient. */
export interface Possible {
  /** Somebody had its topic muted then. */
  muted: boolean
  /** A "read all" covers it. */
  covered: boolean
  /** Somebody chose an action of it, or acknowledged it. */
  answered: boolean
}

/** SQL for what the user's own mark says: 1 for read, 0 for unread, 2 for unread since it was read; NULL for nothing. */
const MARK = `(SELECT CASE WHEN o.read = 0 AND o.read_at IS NOT NULL THEN 2 ELSE o.read END ${OWN_MARK})`

/** Whether one of the user's devices has acknowledged it. */
const IS_ACKED = 'EXISTS (SELECT 1 FROM deliveries i WHERE i.user_id = m.user_id AND i.low < p.seq AND i.high >= p.seq)'

/**
 * SQL for the states of each recipient, 1 or 0. Whoever had it muted was not sent it, and neither saw nor read it: their "seen" cursor and
 * "read all" marks only pass over it. MATERIALIZED keeps an engine from asking once for each time that an answer is used. Each question is a
 * lookup of its own: how PostgreSQL joins depends on the statistics of tables, which it may not have yet.
 */
export const flags = ({ muted, covered, answered }: Possible) => `WITH x AS MATERIALIZED (
    SELECT m.user_id, m.to_seq, m.place_seq, ${muted ? `CASE WHEN ${mutedAt('m.user_id', 'p.topic', 'p.seq')} THEN 1 ELSE 0 END` : '0'} AS muted,
      CASE WHEN ${firstSeen('at')} IS NULL THEN 0 ELSE 1 END AS seen,
      CASE ${MARK} WHEN 1 THEN 1 WHEN 0 THEN 0 WHEN 2 THEN 2 ELSE ${covered ? `(CASE WHEN EXISTS (SELECT 1 ${COVERING}) THEN 1 ELSE 0 END)` : '0'} END AS reading,
      ${answered ? '(CASE WHEN EXISTS (SELECT 1 FROM acts a WHERE a.user_id = m.user_id AND a.seq = p.seq) THEN 1 ELSE 0 END)' : '0'} AS acted,
      ${answered ? '(SELECT 2 * a.at + a.late FROM acknowledgements a WHERE a.seq = p.seq AND a.user_id = m.user_id)' : 'CAST(NULL AS BIGINT)'} AS acknowledged
    FROM m CROSS JOIN p
  )
  SELECT m.user_id, m.to_seq, m.place_seq, m.muted, m.acted, m.acknowledged / 2 AS acknowledged_at, COALESCE(m.acknowledged % 2, 0) AS late,
    CASE WHEN m.muted = 1 THEN 0 ELSE m.seen END AS seen, CASE WHEN m.muted = 0 AND m.reading = 1 THEN 1 ELSE 0 END AS read,
    CASE WHEN m.muted = 1 THEN 0 WHEN m.seen = 1 OR m.reading > 0 OR m.acted = 1 OR m.acknowledged IS NOT NULL THEN 1 WHEN ${IS_ACKED} THEN 1 ELSE 0 END AS delivered
  FROM x AS m CROSS JOIN p`

export interface FlagRow {
  user_id: string
  to_seq: number
  place_seq: number
  muted: number
  seen: number
  read: number
  acted: number
  acknowledged_at: number | null
  late: number
  delivered: number
}

/** SQL for whether a recipient (f) must still acknowledge it: nobody owes what they had muted, or what they no longer have because they left. */
export const OWES = `f.acknowledged_at IS NULL AND f.muted = 0 AND f.to_seq = ${NO_END}`

/** SQL that counts the recipients of a step (f). */
export const COUNT = `SELECT count(*) AS recipients, ${['delivered', 'seen', 'read', 'acted', 'muted', 'late'].map(name => `COALESCE(SUM(f.${name}), 0) AS ${name}`).join(', ')},
  count(f.acknowledged_at) AS acknowledged, COALESCE(SUM(CASE WHEN ${OWES} THEN 1 ELSE 0 END), 0) AS outstanding FROM f`

/** SQL that counts them, and all others who have it. */
export const COUNT_OWED = `SELECT COALESCE(SUM(CASE WHEN f.muted = 0 AND f.to_seq = ${NO_END} THEN 1 ELSE 0 END), 0) AS recipients, COALESCE(SUM(CASE WHEN ${OWES} THEN 1 ELSE 0 END), 0) AS outstanding FROM f`

/** SQL for whether a recipient (f) is in a state. */
export const IN_STATE: Record<ReportState, string> = {
  recipients: 'TRUE',
  delivered: 'f.delivered = 1',
  seen: 'f.seen = 1',
  read: 'f.read = 1',
  acted: 'f.acted = 1',
  muted: 'f.muted = 1',
  acknowledged: 'f.acknowledged_at IS NOT NULL',
  outstanding: OWES
}

export function toRecipient ({ user_id: userId, delivered, seen, read, acted, muted, acknowledged_at: acknowledgedAt, late }: FlagRow): Recipient {
  return { userId, delivered: delivered === 1, seen: seen === 1, read: read === 1, acted: acted === 1, muted: muted === 1, acknowledgedAt, late: late === 1 }
}
