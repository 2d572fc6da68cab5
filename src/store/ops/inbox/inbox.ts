import type { InboxEntry, InboxFilter, InboxView, Unread } from '../../store.ts'
import { all, get, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { OPEN_MEMBERSHIPS, padded, unionOverWindows, windowParams, windowsOf, type Window } from '../identity/member.ts'
import { ALIVE, MARK_STATE, READ_AT, UNREAD, countUnread, readThrough } from './unread.ts'

interface EntryRow { seq: number, body: string, read: number, read_at: number | null }

// Only the filters that are set appear in the statement: 12 statements for each number of keys, each prepared once.
function statement (windows: Window[], { unread, topic, type }: InboxFilter): string {
  const wanted = `${topic === undefined ? '' : 'AND n.topic = ?'} ${type === undefined ? '' : 'AND n.type = ?'}`
  const pages = unionOverWindows(windows, `
    SELECT n.seq, n.body, CASE WHEN ${UNREAD} THEN 0 ELSE 1 END AS read, ${READ_AT} AS read_at
    FROM event_keys k JOIN events n ON n.seq = k.seq LEFT JOIN marks m ON m.user_id = ? AND m.seq = k.seq
    WHERE k.key = ? AND k.class = 0 AND k.seq > ? AND k.seq < ? AND ${ALIVE}
    ${unread === undefined ? '' : `AND ${unread ? '' : 'NOT '}${UNREAD}`}
    ${wanted} ORDER BY k.seq DESC LIMIT ?`)
  // Up to the newest "read all", only notifications marked unread again can be unread: the marks list them.
  const beforeReadAll = unread !== true
    ? ''
    : `UNION ALL ${unionOverWindows(windows, `
    SELECT n.seq, n.body, 0 AS read, CAST(NULL AS BIGINT) AS read_at
    FROM marks m JOIN events n ON n.seq = m.seq JOIN event_keys k ON k.key = ? AND k.class = 0 AND k.seq = m.seq
    WHERE m.user_id = ? AND m.state = ${MARK_STATE.unread} AND m.seq > ? AND m.seq < ? AND ${ALIVE}
    ${wanted} ORDER BY m.seq DESC LIMIT ?`)}`
  return `SELECT * FROM (${pages} ${beforeReadAll}) AS pages ORDER BY seq DESC LIMIT ?`
}

/** How many rows of one key one statement of a search reads. */
const WINDOW = 256

/** One page; undefined if its filters match so few notifications that one window does not fill it: then `searchInbox`. */
export function * inbox ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxView | undefined> {
  return yield * search(userId, filter, now, 1)
}

/** One page, found window by window: any number of statements, each of which reads few rows. */
export function * searchInbox ({ now }: ReadContext, userId: string, filter: InboxFilter): Steps<InboxView> {
  return (yield * search(userId, filter, now, Infinity))!
}

function * search (userId: string, filter: InboxFilter, now: number, maxWindows: number): Steps<InboxView | undefined> {
  const keys = yield * windowsOf(userId)
  if (keys.length === 0) return { entries: [], more: false, unread: 0, seq: yield * head() }
  const limit = filter.limit + 1
  const rows: EntryRow[] = []
  let before = filter.before ?? Number.MAX_SAFE_INTEGER
  for (let windows = 1; ; windows++) {
    const from = yield * windowStart(userId, filter, before, windows === 1 ? 2 * limit : WINDOW)
    rows.push(...yield * page(userId, keys, { ...filter, limit: limit - rows.length, before }, now, from))
    if (rows.length === limit || from === 0) break
    if (windows === maxWindows) return undefined
    before = from
  }
  const { count: unread, seq } = (yield * countUnread(userId, now))!
  return { entries: rows.slice(0, filter.limit).map(toEntry), more: rows.length === limit, unread, seq }
}

/** SQL for the `seq` of the notification that is a number of rows below `before`, of the key that has the newest one. */
const WINDOW_START = `SELECT MAX((SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = 0 AND k.seq > w.from_seq AND k.seq < ? ORDER BY k.seq DESC LIMIT 1 OFFSET ?)) AS seq FROM ${OPEN_MEMBERSHIPS}`
const MARKS_WINDOW_START = 'SELECT * FROM (SELECT m.seq FROM marks m WHERE m.user_id = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT 1 OFFSET ?) AS w'

/** The `seq` where a window below `before` begins: no key has more than `rows` notifications in it. 0 if it holds all there are. */
function * windowStart (userId: string, { unread }: InboxFilter, before: number, rows: number): Steps<number> {
  const { seq } = (unread === true
    ? yield * get<{ seq: number | null }>(`SELECT MAX(w.seq) AS seq FROM (${WINDOW_START} UNION ALL ${MARKS_WINDOW_START}) AS w`, before, rows - 1, userId, userId, before, rows - 1)
    : yield * get<{ seq: number | null }>(WINDOW_START, before, rows - 1, userId))!
  return seq ?? 0
}

/** The `seq` of the newest notification with `seq ≤ upTo`, of one topic or of any, that a member has not read. */
export function * newestUnread (userId: string, upTo: number, topic: string | null, now: number): Steps<number | undefined> {
  const [newest] = yield * page(userId, yield * windowsOf(userId), { limit: 1, before: upTo + 1, unread: true, ...(topic === null ? {} : { topic }) }, now)
  return newest?.seq
}

/** Notifications that the filter matches, with `from ≤ seq`. */
function * page (userId: string, keys: Window[], filter: InboxFilter, now: number, from = 0): Steps<EntryRow[]> {
  const { limit, unread, topic, type, before = Number.MAX_SAFE_INTEGER } = filter
  const windows = padded(keys)
  const wanted = [...(topic === undefined ? [] : [topic]), ...(type === undefined ? [] : [type]), limit]
  const through = unread === true ? yield * readThrough(userId) : 0
  const pages = windowParams(windows, ({ key, after }) => [
    userId, userId, userId, key, Math.max(after, through, from - 1), before, now, ...(unread === undefined ? [] : [userId]), ...wanted
  ])
  const beforeReadAll = unread !== true
    ? []
    : windowParams(windows, ({ key, after }) => [key, userId, Math.max(after, from - 1), Math.min(through + 1, before), now, ...wanted])
  return yield * all<EntryRow>(statement(windows, filter), ...pages, ...beforeReadAll, limit)
}

export function * unread ({ now }: ReadContext, userId: string): Steps<Unread> {
  return (yield * countUnread(userId, now)) ?? { count: 0, seq: yield * head(), floor: yield * floor() }
}

export function * head (): Steps<number> {
  return (yield * get<{ seq: number }>('SELECT seq FROM log'))!.seq
}

function * floor (): Steps<number> {
  return (yield * get<{ floor: number }>('SELECT floor FROM log'))!.floor
}

function toEntry ({ seq, body, read, read_at: readAt }: EntryRow): InboxEntry {
  return { seq, body, readAt: read === 1 ? readAt : null }
}

export const reads = { head, floor } satisfies Reads
