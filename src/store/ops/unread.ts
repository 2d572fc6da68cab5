import type { Membership } from '../../audience.ts'
import { get, type Steps } from '../query.ts'
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

/** The member's keys, as the statement names them. */
const KEYS = AFTER.map((_, index) => `u.key${index}`)

// The index by audience knows what is still there; only topics are in the log alone.
const UNEXPIRED = '(k.expires_at IS NULL OR k.expires_at > u.now)'
const OF_TOPIC = 'AND EXISTS (SELECT 1 FROM events n WHERE n.seq = k.seq AND n.topic = u.topic)'
// By topic only: after `through` no "read all" of every topic covers anything.
const COVERED = `u.by_topic = 1 AND EXISTS (
  SELECT 1 FROM events n JOIN read_through t ON t.user_id = u.id AND t.topic = n.topic AND t.seq >= n.seq WHERE n.seq = k.seq)`
const MARK = '(SELECT m.state FROM marks m WHERE m.user_id = u.id AND m.seq = k.seq)'

/** After the newest "read all" of every topic: everything, but for what a mark or a "read all" of its topic says. */
function late (after: string, key: string, topic: string): string {
  return `(SELECT count(*) FROM event_keys k
    WHERE k.key = ${key} AND k.class = 0 AND k.seq > (CASE WHEN u.through > ${after} THEN u.through ELSE ${after} END) AND k.seq <= u.up_to
    AND ${UNEXPIRED} AND (u.is_plain = 1 OR CASE COALESCE(${MARK}, 0) WHEN 0 THEN NOT (${COVERED}) WHEN 2 THEN TRUE ELSE FALSE END) ${topic})`
}

/** Before it: only what was marked unread again. */
function early (after: string, key: string, topic: string): string {
  return `(SELECT count(*) FROM marks m JOIN event_keys k ON k.key = ${key} AND k.class = 0 AND k.seq = m.seq
    WHERE m.user_id = u.id AND m.state = 2 AND m.seq > ${after} AND m.seq <= u.through AND m.seq <= u.up_to AND ${UNEXPIRED} ${topic})`
}

/**
 * One statement, so that it sees one moment of the store by itself, and nothing if the member stands
 * elsewhere. What concerns the member (u) is looked up once, not once a notification; most have
 * marked nothing since they last read all (`is_plain`), and for them the index is only counted.
 */
function statement (topic: string): string {
  const sum = (arm: typeof late) => AFTER.map((after, index) => arm(after, KEYS[index]!, topic)).join(' + ')
  return `WITH u AS MATERIALIZED (
      SELECT x.*, CASE WHEN x.by_topic = 0 AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.user_id = x.id AND m.seq > x.through) THEN 1 ELSE 0 END AS is_plain
      FROM (
        SELECT l.seq, u.id, u.direct_seq, u.created_seq, u.role_seq, u.company_seq, ${KEYS.map(key => `CAST(? AS TEXT) AS ${key.slice(2)}`).join(', ')},
          CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS up_to,
          COALESCE((SELECT MAX(t.seq) FROM read_through t WHERE t.user_id = u.id AND t.topic = ''), 0) AS through,
          CASE WHEN EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = u.id AND t.topic > '') THEN 1 ELSE 0 END AS by_topic
        FROM log l CROSS JOIN users u
        WHERE u.id = ? AND u.role = ? AND u.company IS NOT DISTINCT FROM ? AND u.deleted_at IS NULL
      ) x
    )
    SELECT u.seq, ${sum(late)}
      + CASE WHEN EXISTS (SELECT 1 FROM marks m WHERE m.user_id = u.id AND m.state = 2 AND m.seq <= u.through) THEN ${sum(early)} ELSE 0 END AS count
    FROM u`
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
  return yield * get<Unread>(topic === null ? COUNT : COUNT_OF_TOPIC, ...keysOfMember(member), topic, now, upTo, id, role, company)
}

/** The newest "read all" of every topic; 0 if there was none. */
export function * readThrough (userId: string): Steps<number> {
  const row = yield * get<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM read_through WHERE user_id = ? AND topic = ''", userId)
  return row!.seq ?? 0
}
