import { all, get, type Steps, type Value } from '../../query.ts'
import type { Unread } from '../../store.ts'

/** What a user did to one notification: the values of `marks.state`. Without a row, nothing. */
export const MARK_STATE = { read: 1, unread: 2, deleted: 3 } as const

/** SQL for the "read all" marks that cover a notification (n). Parameter: the user's id. */
const COVERING = "FROM read_through t WHERE t.user_id = ? AND t.topic IN ('', COALESCE(n.topic, '')) AND t.seq >= n.seq"

/**
 * SQL for "unread by a user": the notification's own mark (m) decides; without one, it is unread unless a
 * "read all" covers it. Never NULL, so that it can be negated with NOT. Parameter: the user's id.
 */
export const UNREAD = `(CASE WHEN m.state IS NULL THEN NOT EXISTS (SELECT 1 ${COVERING}) ELSE m.state = ${MARK_STATE.unread} END)`

/** SQL for when a notification was read: the time of its own mark, else of the first "read all" that covered it. Parameter: the user's id. */
export const READ_AT = `COALESCE(m.read_at, (SELECT MIN(t.at) ${COVERING}))`

/** SQL for "still in the user's inbox": not recalled, expired or deleted. Parameter: now, in milliseconds. */
export const ALIVE = `(n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?) AND (m.state IS NULL OR m.state <> ${MARK_STATE.deleted}))`

// `event_keys` has no recalled notifications and knows when the others expire; only a topic needs a lookup in `events`.
const UNEXPIRED = '(k.expires_at IS NULL OR k.expires_at > u.now)'
const OF_TOPIC = 'AND EXISTS (SELECT 1 FROM events n WHERE n.seq = k.seq AND n.topic = u.topic)'
// Only a "read all" of one topic can cover these: `through` is the newest one of every topic.
const COVERED = `u.by_topic = 1 AND EXISTS (
  SELECT 1 FROM events n JOIN read_through t ON t.user_id = u.id AND t.topic = n.topic AND t.seq >= n.seq WHERE n.seq = k.seq)`
const OWN_STATE = '(SELECT m.state FROM marks m WHERE m.user_id = u.id AND m.seq = k.seq)'

/*
 * The count is the sum of two parts, split at the newest "read all" of every topic (`through`):
 *
 *     seq  1 ── beforeReadAll ── through ── afterReadAll ── up_to
 *          read, unless marked unread again       unread, unless marked or covered by a "read all" of its topic
 */

/** SQL for the count of one key (w) after `through`: reads the index. */
function afterReadAll (topic: string): string {
  return `(SELECT count(*) FROM event_keys k
    WHERE k.key = w.key AND k.class = 0 AND k.seq > (CASE WHEN u.through > w.from_seq THEN u.through ELSE w.from_seq END) AND k.seq <= u.up_to
    AND ${UNEXPIRED} AND (u.is_plain = 1 OR CASE COALESCE(${OWN_STATE}, 0) WHEN 0 THEN NOT (${COVERED}) WHEN ${MARK_STATE.unread} THEN TRUE ELSE FALSE END) ${topic})`
}

/** SQL for the count of one key (w) up to `through`: reads only the user's marks. */
function beforeReadAll (topic: string): string {
  return `(SELECT count(*) FROM marks m JOIN event_keys k ON k.key = w.key AND k.class = 0 AND k.seq = m.seq
    WHERE m.user_id = u.id AND m.state = ${MARK_STATE.unread} AND m.seq > w.from_seq AND m.seq <= u.through AND m.seq <= u.up_to AND ${UNEXPIRED} ${topic})`
}

const MEMBER_ROW = '(CAST(? AS INTEGER), CAST(? AS TEXT))'

/**
 * One statement counts for several users, so all counts are of one moment of the store. It has no row for a
 * user who does not exist. `place` is the user's index in the list. What the count needs to know of a user
 * (u) is looked up once, not once a notification. Most users have marked nothing since their last "read
 * all" (`is_plain`); for them, index rows are counted without lookups.
 */
function statement (members: number, topic: string): string {
  const sum = (arm: string) => `(SELECT COALESCE(SUM(${arm}), 0) FROM memberships w WHERE w.user_id = u.id AND w.to_seq IS NULL)`
  return `WITH a(place, id) AS (VALUES ${Array(members).fill(MEMBER_ROW).join(', ')}),
    u AS MATERIALIZED (
      SELECT x.*, CASE WHEN x.by_topic = 0 AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.user_id = x.id AND m.seq > x.through) THEN 1 ELSE 0 END AS is_plain
      FROM (
        SELECT a.*, l.seq, l.floor, CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS up_to,
          COALESCE((SELECT MAX(t.seq) FROM read_through t WHERE t.user_id = u.id AND t.topic = ''), 0) AS through,
          CASE WHEN EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = u.id AND t.topic > '') THEN 1 ELSE 0 END AS by_topic
        FROM a CROSS JOIN log l CROSS JOIN users u
        WHERE u.id = a.id AND u.deleted_at IS NULL
      ) x
    )
    SELECT u.place, u.seq, u.floor, ${sum(afterReadAll(topic))}
      + CASE WHEN EXISTS (SELECT 1 FROM marks m WHERE m.user_id = u.id AND m.state = ${MARK_STATE.unread} AND m.seq <= u.through) THEN ${sum(beforeReadAll(topic))} ELSE 0 END AS count
    FROM u`
}

/** The most members that one statement counts for. */
export const MAX_COUNTED = 32
const COUNT = statement(1, '')
const COUNT_OF_TOPIC = statement(1, OF_TOPIC)
const COUNT_OF_EACH = statement(MAX_COUNTED, '')

const NO_MEMBER: Value[] = [null, null]

/** How many notifications with `seq ≤ upTo`, of one topic or of any, a user has not read. Undefined if there is no such user. */
export function * countUnread (
  userId: string, now: number, upTo = Number.MAX_SAFE_INTEGER, topic: string | null = null
): Steps<Unread | undefined> {
  const row = yield * get<Unread>(topic === null ? COUNT : COUNT_OF_TOPIC, 0, userId, topic, now, upTo)
  return row && { count: row.count, seq: row.seq, floor: row.floor }
}

/** `countUnread` for up to `MAX_COUNTED` users, in their order, all at one moment of the store. */
export function * countUnreadOfEach (ids: string[], now: number): Steps<(Unread | undefined)[]> {
  if (ids.length === 1) return [yield * countUnread(ids[0]!, now)]
  const rest = Array(MAX_COUNTED - ids.length).fill(NO_MEMBER)
  const rows = yield * all<Unread & { place: number }>(COUNT_OF_EACH, ...[...ids.map((id, place) => [place, id]), ...rest].flat(), null, now, Number.MAX_SAFE_INTEGER)
  const counts: (Unread | undefined)[] = ids.map(() => undefined)
  for (const { place, ...count } of rows) counts[place] = count
  return counts
}

/** The `seq` of the user's newest "read all" of every topic; 0 if there was none. */
export function * readThrough (userId: string): Steps<number> {
  const row = yield * get<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM read_through WHERE user_id = ? AND topic = ''", userId)
  return row!.seq ?? 0
}
