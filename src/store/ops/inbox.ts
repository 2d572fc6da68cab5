import type { InboxEntry, InboxFilter, InboxView, Unread } from '../store.ts'
import { all, get, type Steps } from '../query.ts'
import { memberRow, overWindows, paramsOver, windowsOf, type UserRow } from './member.ts'
import { ALIVE, READ_AT, UNREAD, countUnread, readThrough } from './unread.ts'

interface EntryRow { seq: number, body: string, read: number, read_at: number | null }

// Filters that are not asked for are not in the statement: 12 shapes, each prepared once.
function statement ({ unread, topic, type }: InboxFilter): string {
  const wanted = `${topic === undefined ? '' : 'AND n.topic = ?'} ${type === undefined ? '' : 'AND n.type = ?'}`
  const pages = overWindows(`
    SELECT n.seq, n.body, CASE WHEN ${UNREAD} THEN 0 ELSE 1 END AS read, ${READ_AT} AS read_at
    FROM event_keys k JOIN events n ON n.seq = k.seq LEFT JOIN marks m ON m.user_id = ? AND m.seq = k.seq
    WHERE k.key = ? AND k.class = 0 AND k.seq > ? AND k.seq < ? AND ${ALIVE}
    ${unread === undefined ? '' : `AND ${unread ? '' : 'NOT '}${UNREAD}`}
    ${wanted} ORDER BY k.seq DESC LIMIT ?`)
  // Before the newest "read all" only what was marked unread again can be unread, which the marks know.
  const early = unread !== true
    ? ''
    : `UNION ALL ${overWindows(`
    SELECT n.seq, n.body, 0 AS read, CAST(NULL AS BIGINT) AS read_at
    FROM marks m JOIN events n ON n.seq = m.seq JOIN event_keys k ON k.key = ? AND k.class = 0 AND k.seq = m.seq
    WHERE m.user_id = ? AND m.state = 2 AND m.seq > ? AND m.seq <= ? AND m.seq < ? AND ${ALIVE}
    ${wanted} ORDER BY m.seq DESC LIMIT ?`)}`
  return `SELECT * FROM (${pages} ${early}) AS pages ORDER BY seq DESC LIMIT ?`
}

export function * inbox (userId: string, filter: InboxFilter, now: number): Steps<InboxView> {
  const seq = yield * head()
  const user = yield * memberRow(userId)
  if (!user) return { entries: [], more: false, unread: 0, seq }
  const limit = filter.limit + 1
  const rows = yield * page(user, { ...filter, limit }, now)
  return {
    entries: rows.slice(0, filter.limit).map(toEntry),
    more: rows.length === limit,
    unread: (yield * countUnread(user, now))!.count,
    seq
  }
}

/** The place of the newest notification with `seq ≤ upTo`, of one topic or of any, that a member has not read. */
export function * newestUnread (user: UserRow, upTo: number, topic: string | null, now: number): Steps<number | undefined> {
  const [newest] = yield * page(user, { limit: 1, before: upTo + 1, unread: true, ...(topic === null ? {} : { topic }) }, now)
  return newest?.seq
}

function * page (user: UserRow, filter: InboxFilter, now: number): Steps<EntryRow[]> {
  const { limit, unread, topic, type, before = Number.MAX_SAFE_INTEGER } = filter
  const userId = user.id
  const windows = windowsOf(user)
  const wanted = [...(topic === undefined ? [] : [topic]), ...(type === undefined ? [] : [type]), limit]
  const through = unread === true ? yield * readThrough(user.id) : 0
  const pages = paramsOver(windows, ({ key, after }) => [
    userId, userId, userId, key, Math.max(after, through), before, now, ...(unread === undefined ? [] : [userId]), ...wanted
  ])
  const early = unread !== true
    ? []
    : paramsOver(windows, ({ key, after }) => [key, userId, after, through, before, now, ...wanted])
  return yield * all<EntryRow>(statement(filter), ...pages, ...early, limit)
}

export function * unread (userId: string, now: number): Steps<Unread> {
  const user = yield * memberRow(userId)
  return user ? (yield * countUnread(user, now))! : { count: 0, seq: yield * head(), floor: yield * floor() }
}

export function * head (): Steps<number> {
  return (yield * get<{ seq: number }>('SELECT seq FROM log'))!.seq
}

export function * floor (): Steps<number> {
  return (yield * get<{ floor: number }>('SELECT floor FROM log'))!.floor
}

function toEntry ({ seq, body, read, read_at: readAt }: EntryRow): InboxEntry {
  return { seq, body, readAt: read === 1 ? readAt : null }
}
