import type { InboxEntry, InboxFilter, InboxView } from '../store.ts'
import { all, get, type Steps } from '../query.ts'
import { memberRow, overWindows, paramsOver, windowsOf } from './member.ts'
import { ALIVE, READ_AT, UNREAD, countUnread } from './unread.ts'

interface EntryRow { seq: number, body: string, read: number, read_at: number | null }

// Filters that are not asked for are not in the statement: 12 shapes, each prepared once.
function statement ({ unread, topic, type }: InboxFilter): string {
  return `SELECT * FROM (${overWindows(`
    SELECT n.seq, n.body, CASE WHEN ${UNREAD} THEN 0 ELSE 1 END AS read, ${READ_AT} AS read_at
    FROM event_keys k JOIN events n ON n.seq = k.seq LEFT JOIN marks m ON m.user_id = ? AND m.seq = k.seq
    WHERE k.key = ? AND k.class = 0 AND k.seq > ? AND k.seq < ? AND ${ALIVE}
    ${unread === undefined ? '' : `AND ${unread ? '' : 'NOT '}${UNREAD}`}
    ${topic === undefined ? '' : 'AND n.topic = ?'}
    ${type === undefined ? '' : 'AND n.type = ?'}
    ORDER BY k.seq DESC LIMIT ?`)}) AS pages ORDER BY seq DESC LIMIT ?`
}

export function * inbox (userId: string, filter: InboxFilter, now: number): Steps<InboxView> {
  const seq = yield * head()
  const user = yield * memberRow(userId)
  if (!user) return { entries: [], more: false, unread: 0, seq }
  const { unread, topic, type, before = Number.MAX_SAFE_INTEGER } = filter
  const limit = filter.limit + 1
  const rows = yield * all<EntryRow>(statement(filter), ...paramsOver(windowsOf(user), ({ key, after }) => [
    userId, userId, userId, key, after, before, now,
    ...(unread === undefined ? [] : [userId]),
    ...(topic === undefined ? [] : [topic]),
    ...(type === undefined ? [] : [type]),
    limit
  ]), limit)
  return {
    entries: rows.slice(0, filter.limit).map(toEntry),
    more: rows.length === limit,
    unread: yield * countUnread(user, now),
    seq
  }
}

export function * unread (userId: string, now: number): Steps<{ count: number, seq: number }> {
  const seq = yield * head()
  const user = yield * memberRow(userId)
  return { count: user ? yield * countUnread(user, now) : 0, seq }
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
