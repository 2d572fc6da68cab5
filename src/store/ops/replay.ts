import type { EventKind, LogEvent } from '../../log/event.ts'
import type { ReplayPage } from '../../log/reader.ts'
import { all, get, listOf, rowsOf, type Steps, type Value } from '../query.ts'
import type { ReadContext, Reads } from './context.ts'
import { OPEN_MEMBERSHIPS, padded, unionOverWindows, windowParams, windowsOf, type Window } from './identity/member.ts'

interface EventRow {
  seq: number
  kind: EventKind
  id: string | null
  keys: string
  topic: string | null
  at: number
  expires_at: number | null
  body: string
  origin_seq: number | null
}

const columns = (keys: string) => `n.seq, n.kind, n.id, ${keys}, n.topic, n.at, n.expires_at, n.body, n.origin_seq`
const COLUMNS = columns('n.keys')
/** What was recalled has no text to send any more: it is addressed to nobody. */
const COLUMNS_OF_TAIL = columns("CASE WHEN n.recalled_at IS NULL THEN n.keys ELSE '[]' END AS keys")

/** How many rows of one key one page reads, matching or not: this bounds the cost of a page. */
const WINDOW = 200

const CLASSES = [0, 1] as const
/** SQL for the `seq` where a page ends: the first at which one of the keys has used up its window. */
const PAGE_END = `SELECT MIN(e.seq) AS seq FROM (${CLASSES.map(keyClass => `
  SELECT (SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = ${keyClass} AND k.seq > w.from_seq AND k.seq > ? AND k.seq <= ?
    ORDER BY k.seq LIMIT 1 OFFSET ${WINDOW - 1}) AS seq FROM ${OPEN_MEMBERSHIPS}`).join(' UNION ALL ')}) AS e`

const OF_TOPICS = `AND (n.topic IS NULL OR n.topic IN (SELECT topic FROM ${rowsOf({ topic: 'TEXT' })} AS t))`
/** An edit is for those whom its keys addressed when the notification was sent. Parameter: since when the key addresses the user. */
const OF_ORIGINALS = 'AND (n.origin_seq IS NULL OR n.origin_seq > ?)'
const arm = (windows: Window[], keyClass: 0 | 1, also: string) => unionOverWindows(windows, `
  SELECT ${COLUMNS} FROM event_keys k JOIN events n ON n.seq = k.seq
  WHERE k.key = ? AND k.class = ${keyClass} AND k.seq > ? AND k.seq <= ?
  AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > ?) ${also}
  ORDER BY k.seq LIMIT ?`)
/** SQL for a page. Each class has a query of its own, since SQLite limits how many are joined. */
const replayOf = (windows: Window[], ofTopic: string) => `SELECT * FROM (
  SELECT * FROM (${arm(windows, 0, ofTopic)}) AS zero UNION ALL SELECT * FROM (${arm(windows, 1, `${OF_ORIGINALS} ${ofTopic}`)}) AS one) AS pages ORDER BY seq LIMIT ?`

export function * replay (
  { now }: ReadContext, userId: string, after: number, upTo: number, limit: number, topics?: Iterable<string> | null
): Steps<ReplayPage | undefined> {
  const { floor } = (yield * get<{ floor: number }>('SELECT floor FROM log'))!
  if (after < floor) return undefined
  const keys = yield * windowsOf(userId)
  if (keys.length === 0) return { events: [], upTo }
  const windows = padded(keys)
  const pageEnd = (yield * get<{ seq: number | null }>(PAGE_END, ...CLASSES.flatMap(() => [after, upTo, userId])))!.seq ?? upTo
  const ofTopic = topics ? [listOf([...topics].map(topic => [topic]))] : []
  const params = (also: (begin: number) => Value[]) => windowParams(windows, ({ key, after: begin }) => {
    return [key, Math.max(begin, after), pageEnd, now, ...also(begin), ...ofTopic, limit]
  })
  const rows = yield * all<EventRow>(replayOf(windows, topics ? OF_TOPICS : ''), ...params(() => []), ...params(begin => [begin]), limit)
  return { events: rows.map(toEvent), upTo: rows.length === limit ? rows.at(-1)!.seq : pageEnd }
}

export function * events (_context: ReadContext, after: number, limit: number): Steps<LogEvent[]> {
  return (yield * all<EventRow>(`SELECT ${COLUMNS_OF_TAIL} FROM events n WHERE n.seq > ? ORDER BY n.seq LIMIT ?`, after, limit)).map(toEvent)
}

function toEvent ({ keys, expires_at: expiresAt, origin_seq: originSeq, ...row }: EventRow): LogEvent {
  return { ...row, keys: JSON.parse(keys), expiresAt, ...(originSeq === null ? {} : { originSeq }) }
}

export const reads = { events } satisfies Reads
export const snapshots = { replay } satisfies Reads
