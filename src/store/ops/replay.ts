import type { EventKind, LogEvent } from '../store.ts'
import { all, type Steps } from '../query.ts'
import { memberRow, overWindows, paramsOver, windowsOf } from './member.ts'

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

const arm = (keyClass: 0 | 1) => overWindows(`
  SELECT ${COLUMNS} FROM event_keys k JOIN events n ON n.seq = k.seq
  WHERE k.key = ? AND k.class = ${keyClass} AND k.seq > ? AND k.seq <= ?
  AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?)
  ORDER BY k.seq LIMIT ?`)
const REPLAY = `SELECT * FROM (${arm(0)} UNION ALL ${arm(1)}) AS pages ORDER BY seq LIMIT ?`

export function * replay (userId: string, after: number, upTo: number, limit: number, now: number): Steps<LogEvent[]> {
  const user = yield * memberRow(userId)
  if (!user) return []
  const params = paramsOver(windowsOf(user), window => [window.key, Math.max(window.after, after), upTo, now, limit])
  const rows = yield * all<EventRow>(REPLAY, ...params, ...params, limit)
  return rows.map(toEvent)
}

export function * events (after: number, limit: number): Steps<LogEvent[]> {
  return (yield * all<EventRow>(`SELECT ${COLUMNS} FROM events n WHERE n.seq > ? ORDER BY n.seq LIMIT ?`, after, limit)).map(toEvent)
}

function toEvent ({ keys, expires_at: expiresAt, ...row }: EventRow): LogEvent {
  return { ...row, keys: JSON.parse(keys), expiresAt }
}
