import type { EventKind, LogEvent } from '../store.ts'
import { all, get, type Steps } from '../query.ts'
import { overWindows, paramsOver, windowsOf, type UserRow } from './member.ts'

interface EventRow {
  seq: number
  kind: EventKind
  id: string | null
  keys: string
  topic: string | null
  at: number
  expires_at: number | null
  body: string
}

const COLUMNS = 'n.seq, n.kind, n.id, n.keys, n.topic, n.at, n.expires_at, n.body'

/** Who reads, and what is left to be read. */
const READER = 'SELECT u.*, l.floor FROM log l LEFT JOIN users u ON u.id = ? AND u.deleted_at IS NULL'

const arm = (keyClass: 0 | 1) => overWindows(`
  SELECT ${COLUMNS} FROM event_keys k JOIN events n ON n.seq = k.seq
  WHERE k.key = ? AND k.class = ${keyClass} AND k.seq > ? AND k.seq <= ?
  AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?)
  ORDER BY k.seq LIMIT ?`)
const REPLAY = `SELECT * FROM (${arm(0)} UNION ALL ${arm(1)}) AS pages ORDER BY seq LIMIT ?`

export function * replay (userId: string, after: number, upTo: number, limit: number, now: number): Steps<LogEvent[] | undefined> {
  const reader = (yield * get<UserRow & { floor: number }>(READER, userId))!
  if (after < reader.floor) return undefined
  if (reader.id === null) return []
  const params = paramsOver(windowsOf(reader), window => [window.key, Math.max(window.after, after), upTo, now, limit])
  const rows = yield * all<EventRow>(REPLAY, ...params, ...params, limit)
  return rows.map(toEvent)
}

export function * events (after: number, limit: number): Steps<LogEvent[]> {
  return (yield * all<EventRow>(`SELECT ${COLUMNS} FROM events n WHERE n.seq > ? ORDER BY n.seq LIMIT ?`, after, limit)).map(toEvent)
}

function toEvent ({ keys, expires_at: expiresAt, ...row }: EventRow): LogEvent {
  return { ...row, keys: JSON.parse(keys), expiresAt }
}
