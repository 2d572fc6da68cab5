import type { Membership } from '../../audience.ts'
import { get, type Steps, type Value } from '../query.ts'
import { AFTER, keysOfMember } from './member.ts'

/** SQL for the "read all" marks that cover a notification (n). Parameter: the user's id. */
const COVERING = "FROM read_through t WHERE t.user_id = ? AND t.topic IN ('', COALESCE(n.topic, '')) AND t.seq >= n.seq"

/**
 * SQL for "unread by a user": its own mark (m) decides, else whether a "read all" covers it; never NULL,
 * so that NOT is its opposite. Parameter: the user's id.
 */
export const UNREAD = `(CASE WHEN m.state IS NULL THEN NOT EXISTS (SELECT 1 ${COVERING}) ELSE m.state = 2 END)`

/** SQL for when it was read: by its own mark, else by the first "read all" that covered it. Parameter: the user's id. */
export const READ_AT = `COALESCE(m.read_at, (SELECT MIN(t.at) ${COVERING}))`

/** SQL for "still there for a user". Parameter: now, in milliseconds. */
export const ALIVE = '(n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?) AND (m.state IS NULL OR m.state <> 3))'

/** What of a member's window there is to count: after the newest "read all" everything, before it only what the marks know. */
interface Arms { late: string, early: string }

// The index by audience knows what is still there; only topics are in the log alone.
const UNEXPIRED = '(k.expires_at IS NULL OR k.expires_at > u.now)'
const OF_TOPIC = 'AND EXISTS (SELECT 1 FROM events n WHERE n.seq = k.seq AND n.topic = ?)'
// By topic only: after `through` no "read all" of every topic covers anything.
const COVERED = `u.by_topic = 1 AND EXISTS (
  SELECT 1 FROM events n JOIN read_through t ON t.user_id = u.id AND t.topic = n.topic AND t.seq >= n.seq WHERE n.seq = k.seq)`

function armsOf (after: string, topic: string): Arms {
  return {
    late: `(SELECT count(*) FROM event_keys k LEFT JOIN marks m ON m.user_id = u.id AND m.seq = k.seq
      WHERE k.key = ? AND k.class = 0 AND k.seq > (CASE WHEN u.through > ${after} THEN u.through ELSE ${after} END) AND k.seq <= u.up_to
      AND ${UNEXPIRED} AND (CASE WHEN m.state IS NULL THEN NOT (${COVERED}) ELSE m.state = 2 END) ${topic})`,
    early: `(SELECT count(*) FROM marks m JOIN event_keys k ON k.key = ? AND k.class = 0 AND k.seq = m.seq
      WHERE m.user_id = u.id AND m.state = 2 AND m.seq > ${after} AND m.seq <= u.through AND m.seq <= u.up_to AND ${UNEXPIRED} ${topic})`
  }
}

/** One statement, so that it sees one moment of the store by itself, and nothing if the member stands elsewhere. */
function statement (topic: string): string {
  const arms = AFTER.map(after => armsOf(after, topic))
  return `SELECT u.seq, ${arms.map(({ late }) => late).join(' + ')}
      + CASE WHEN u.through = 0 THEN 0 ELSE ${arms.map(({ early }) => early).join(' + ')} END AS count
    FROM (
      SELECT l.seq, x.id, x.direct_seq, x.created_seq, x.role_seq, x.company_seq, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS up_to,
        COALESCE((SELECT MAX(t.seq) FROM read_through t WHERE t.user_id = x.id AND t.topic = ''), 0) AS through,
        CASE WHEN EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = x.id AND t.topic > '') THEN 1 ELSE 0 END AS by_topic
      FROM log l CROSS JOIN users x
      WHERE x.id = ? AND x.role = ? AND x.company IS NOT DISTINCT FROM ? AND x.deleted_at IS NULL
    ) u`
}

const COUNT = statement('')
const COUNT_OF_TOPIC = statement(OF_TOPIC)

export interface Unread { count: number, seq: number }

/**
 * How many notifications up to `upTo`, of one topic or of any, a member has not read, and the head of
 * the log that this is of; undefined if there is no such user, or not at this place.
 */
export function * countUnread (
  member: Membership, now: number, upTo = Number.MAX_SAFE_INTEGER, topic: string | null = null
): Steps<Unread | undefined> {
  const { id, role, company } = member
  const keys: Value[] = keysOfMember(member)
  const arms = topic === null ? keys : keys.flatMap(key => [key, topic])
  return yield * get<Unread>(topic === null ? COUNT : COUNT_OF_TOPIC, ...arms, ...arms, now, upTo, id, role, company)
}

/** The newest "read all" of every topic; 0 if there was none. */
export function * readThrough (userId: string): Steps<number> {
  const row = yield * get<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM read_through WHERE user_id = ? AND topic = ''", userId)
  return row!.seq ?? 0
}
