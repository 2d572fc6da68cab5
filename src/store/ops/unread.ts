import { get, type Steps } from '../query.ts'
import { overWindows, paramsOver, windowsOf, type UserRow } from './member.ts'

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

// Two ranges, so that the cost follows what is unread: after the newest "read all" everything is
// looked at; before it only what was marked unread again, which the marks know.
const late = (topic: string) => total(`SELECT count(*) AS c
  FROM event_keys k JOIN events n ON n.seq = k.seq LEFT JOIN marks m ON m.user_id = ? AND m.seq = k.seq
  WHERE k.key = ? AND k.class = 0 AND k.seq > ? AND k.seq <= ? AND ${ALIVE} AND ${UNREAD} ${topic}`)
const early = (topic: string) => total(`SELECT count(*) AS c
  FROM marks m JOIN events n ON n.seq = m.seq JOIN event_keys k ON k.key = ? AND k.class = 0 AND k.seq = m.seq
  WHERE m.user_id = ? AND m.state = 2 AND m.seq > ? AND m.seq <= ? AND ${ALIVE} ${topic}`)
const total = (arm: string) => `SELECT COALESCE(SUM(c), 0) AS c FROM (${overWindows(arm)}) AS total`

const OF_ANY_TOPIC = { late: late(''), early: early('') }
const OF_TOPIC = { late: late('AND n.topic = ?'), early: early('AND n.topic = ?') }

/** How many notifications up to `upTo`, of one topic or of any, the user has not read. */
export function * countUnread (
  user: UserRow, now: number, upTo = Number.MAX_SAFE_INTEGER, topic: string | null = null
): Steps<number> {
  const windows = windowsOf(user)
  const sql = topic === null ? OF_ANY_TOPIC : OF_TOPIC
  const topics = topic === null ? [] : [topic]
  const through = yield * readThrough(user.id)
  const after = yield * get<{ c: number }>(sql.late, ...paramsOver(windows, window => [
    user.id, window.key, Math.max(window.after, through), upTo, now, user.id, ...topics
  ]))
  if (through === 0) return after!.c
  const before = yield * get<{ c: number }>(sql.early, ...paramsOver(windows, window => [
    window.key, user.id, window.after, Math.min(through, upTo), now, ...topics
  ]))
  return after!.c + before!.c
}

/** The newest "read all" of every topic; 0 if there was none. */
export function * readThrough (userId: string): Steps<number> {
  const row = yield * get<{ seq: number | null }>("SELECT MAX(seq) AS seq FROM read_through WHERE user_id = ? AND topic = ''", userId)
  return row!.seq ?? 0
}
