import type { EventKind, LogEvent } from '../../log/event.ts'
import type { ReplayPage } from '../../log/reader.ts'
import { all, get, listOf, rowsOf, type Steps, type Value } from '../query.ts'
import type { ReadContext, Reads } from './context.ts'
import { unionOverWindows, windowParams, windowsOf, type UserRow } from './identity/member.ts'

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

const columns = (keys: string) => `n.seq, n.kind, n.id, ${keys}, n.topic, n.at, n.expires_at, n.body`
const COLUMNS = columns('n.keys')
/** What was recalled has no text to send any more: it is addressed to nobody. */
const COLUMNS_OF_TAIL = columns("CASE WHEN n.recalled_at IS NULL THEN n.keys ELSE '[]' END AS keys")

/** SQL for the user who reads, and the log's floor. */
const READER = 'SELECT u.*, l.floor FROM log l LEFT JOIN users u ON u.id = ? AND u.deleted_at IS NULL'

/** How many rows of one key one page reads, matching or not: this bounds the cost of a page. */
const WINDOW = 200

const CLASSES = [0, 1] as const
/** SQL for the `seq` where a page ends: the first at which one of the keys has used up its window. */
const PAGE_END = `SELECT MIN(w.seq) AS seq FROM (${CLASSES.map(keyClass => unionOverWindows(`
  SELECT k.seq FROM event_keys k WHERE k.key = ? AND k.class = ${keyClass} AND k.seq > ? AND k.seq <= ? ORDER BY k.seq LIMIT 1 OFFSET ${WINDOW - 1}`)).join(' UNION ALL ')}) AS w`

const arm = (keyClass: 0 | 1, ofTopic = '') => unionOverWindows(`
  SELECT ${COLUMNS} FROM event_keys k JOIN events n ON n.seq = k.seq
  WHERE k.key = ? AND k.class = ${keyClass} AND k.seq > ? AND k.seq <= ?
  AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?) ${ofTopic}
  ORDER BY k.seq LIMIT ?`)
const replayOf = (ofTopic = '') => `SELECT * FROM (${arm(0, ofTopic)} UNION ALL ${arm(1)}) AS pages ORDER BY seq LIMIT ?`
const REPLAY = replayOf()
const REPLAY_OF_TOPICS = replayOf(`AND (n.topic IS NULL OR n.topic IN (SELECT topic FROM ${rowsOf({ topic: 'TEXT' })} AS t))`)

export function * replay (
  { now }: ReadContext, userId: string, after: number, upTo: number, limit: number, topics?: Iterable<string> | null
): Steps<ReplayPage | undefined> {
  const reader = (yield * get<UserRow & { floor: number }>(READER, userId))!
  if (after < reader.floor) return undefined
  if (reader.id === null) return { events: [], upTo }
  const windows = windowsOf(reader).map(({ key, after: begin }) => ({ key, after: Math.max(begin, after) }))
  const spans = windowParams(windows, window => [window.key, window.after, upTo])
  const pageEnd = (yield * get<{ seq: number | null }>(PAGE_END, ...spans, ...spans))!.seq ?? upTo
  const params = (...ofTopic: Value[]) => windowParams(windows, window => [window.key, window.after, pageEnd, now, ...ofTopic, limit])
  const rows = topics
    ? yield * all<EventRow>(REPLAY_OF_TOPICS, ...params(listOf([...topics].map(topic => [topic]))), ...params(), limit)
    : yield * all<EventRow>(REPLAY, ...params(), ...params(), limit)
  return { events: rows.map(toEvent), upTo: rows.length === limit ? rows.at(-1)!.seq : pageEnd }
}

export function * events (_context: ReadContext, after: number, limit: number): Steps<LogEvent[]> {
  return (yield * all<EventRow>(`SELECT ${COLUMNS_OF_TAIL} FROM events n WHERE n.seq > ? ORDER BY n.seq LIMIT ?`, after, limit)).map(toEvent)
}

function toEvent ({ keys, expires_at: expiresAt, ...row }: EventRow): LogEvent {
  return { ...row, keys: JSON.parse(keys), expiresAt }
}

export const reads = { events } satisfies Reads
export const snapshots = { replay } satisfies Reads
