import type { Membership } from '../../../log/audience.ts'
import { all, get, type Steps, type Value } from '../../query.ts'
import type { Unread } from '../../store.ts'
import { AFTER, keysOfMember } from '../identity/member.ts'

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
const KEYS = AFTER.map((_, index) => `key${index}`)

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
    WHERE k.key = u.${key} AND k.class = 0 AND k.seq > (CASE WHEN u.through > ${after} THEN u.through ELSE ${after} END) AND k.seq <= u.up_to
    AND ${UNEXPIRED} AND (u.is_plain = 1 OR CASE COALESCE(${MARK}, 0) WHEN 0 THEN NOT (${COVERED}) WHEN 2 THEN TRUE ELSE FALSE END) ${topic})`
}

/** Before it: only what was marked unread again. */
function early (after: string, key: string, topic: string): string {
  return `(SELECT count(*) FROM marks m JOIN event_keys k ON k.key = u.${key} AND k.class = 0 AND k.seq = m.seq
    WHERE m.user_id = u.id AND m.state = 2 AND m.seq > ${after} AND m.seq <= u.through AND m.seq <= u.up_to AND ${UNEXPIRED} ${topic})`
}

const ASKED = ['id', 'role', 'company', ...KEYS]
const ASKED_ROW = `(CAST(? AS INTEGER), ${ASKED.map(() => 'CAST(? AS TEXT)').join(', ')})`

/**
 * One statement for some members, so that it sees one moment of the store by itself; there is no row
 * for who stands elsewhere. What concerns a member (u) is looked up once, not once a notification;
 * most have marked nothing since they last read all (`is_plain`), and for them the index is only counted.
 */
function statement (members: number, topic: string): string {
  const sum = (arm: typeof late) => AFTER.map((after, index) => arm(after, KEYS[index]!, topic)).join(' + ')
  return `WITH a(place, ${ASKED.join(', ')}) AS (VALUES ${Array(members).fill(ASKED_ROW).join(', ')}),
    u AS MATERIALIZED (
      SELECT x.*, CASE WHEN x.by_topic = 0 AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.user_id = x.id AND m.seq > x.through) THEN 1 ELSE 0 END AS is_plain
      FROM (
        SELECT a.*, l.seq, l.floor, u.direct_seq, u.created_seq, u.role_seq, u.company_seq,
          CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS now, CAST(? AS BIGINT) AS up_to,
          COALESCE((SELECT MAX(t.seq) FROM read_through t WHERE t.user_id = u.id AND t.topic = ''), 0) AS through,
          CASE WHEN EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = u.id AND t.topic > '') THEN 1 ELSE 0 END AS by_topic
        FROM a CROSS JOIN log l CROSS JOIN users u
        WHERE u.id = a.id AND u.role = a.role AND u.company IS NOT DISTINCT FROM a.company AND u.deleted_at IS NULL
      ) x
    )
    SELECT u.place, u.seq, u.floor, ${sum(late)}
      + CASE WHEN EXISTS (SELECT 1 FROM marks m WHERE m.user_id = u.id AND m.state = 2 AND m.seq <= u.through) THEN ${sum(early)} ELSE 0 END AS count
    FROM u`
}

/** Members counted by one statement at the most. */
export const MAX_COUNTED = 32
const COUNT = statement(1, '')
const COUNT_OF_TOPIC = statement(1, OF_TOPIC)
const COUNT_OF_EACH = statement(MAX_COUNTED, '')

const asked = (member: Membership, place: number): Value[] => [place, member.id, member.role, member.company, ...keysOfMember(member)]
const NO_ONE: Value[] = Array(1 + ASKED.length).fill(null)

/**
 * How many notifications up to `upTo`, of one topic or of any, a member has not read; undefined if
 * there is no such user, or not at this place.
 */
export function * countUnread (
  member: Membership, now: number, upTo = Number.MAX_SAFE_INTEGER, topic: string | null = null
): Steps<Unread | undefined> {
  const row = yield * get<Unread>(topic === null ? COUNT : COUNT_OF_TOPIC, ...asked(member, 0), topic, now, upTo)
  return row && { count: row.count, seq: row.seq, floor: row.floor }
}

/** The same for some members, `MAX_COUNTED` at the most, in their order and at one moment. */
export function * countUnreadOfEach (members: Membership[], now: number): Steps<(Unread | undefined)[]> {
  if (members.length === 1) return [yield * countUnread(members[0]!, now)]
  const rest = Array(MAX_COUNTED - members.length).fill(NO_ONE)
  const rows = yield * all<Unread & { place: number }>(COUNT_OF_EACH, ...[...members.map(asked), ...rest].flat(), null, now, Number.MAX_SAFE_INTEGER)
  const counts: (Unread | undefined)[] = members.map(() => undefined)
  for (const { place, ...count } of rows) counts[place] = count
  return counts
}

/** The newest "read all" of every topic; 0 if there was none. */
export function * readThrough (userId: string): Steps<number> {
  const row = yield * get<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM read_through WHERE user_id = ? AND topic = ''", userId)
  return row!.seq ?? 0
}
