import { audienceKey, excludes } from '../../log/audience.ts'
import type { EventKind, LogEvent } from '../../log/event.ts'
import type { ReplayPage } from '../../log/reader.ts'
import { all, get, listOf, rowsOf, seqOf, seqsOf, type Steps } from '../query.ts'
import type { ReadContext, Reads } from './context.ts'
import { IS_GROUP } from './groups/group.ts'
import { WINDOWS, greater } from './inbox/states.ts'
import { mayMute } from './preferences/may-mute.ts'
import { mutesOf } from './preferences/settings.ts'
import { INDEX_CLASS, SHARED_CLASSES } from './index-class.ts'

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
  late: number | null
}

const columns = (keys: string) => `n.seq, n.kind, n.id, ${keys}, n.topic, n.at, n.expires_at, n.body, n.origin_seq, n.late`
const COLUMNS = columns('n.keys')
/** What was recalled has no text to send any more: it is addressed to nobody. */
const COLUMNS_OF_TAIL = columns("CASE WHEN n.recalled_at IS NULL THEN n.keys ELSE '[]' END AS keys")

/** How many rows of one key one page reads, matching or not: this bounds the cost of a page. */
const WINDOW = 200

/** The user's windows for each class of events that there is: what a replay reads, from `low` on (w). */
const W = `p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS after, CAST(? AS BIGINT) AS up_to, CAST(? AS BIGINT) AS now),
  w AS MATERIALIZED (
    SELECT d.key, d.after, g.class, p.up_to, p.now, CASE WHEN g.class = ${INDEX_CLASS.late} THEN p.after ELSE ${greater('d.after', 'p.after')} END AS low
    FROM (${WINDOWS}) AS d CROSS JOIN p CROSS JOIN (SELECT 0 AS class UNION ALL SELECT 1 UNION ALL SELECT * FROM ${SHARED_CLASSES} AS h) AS g
  )`
const ROWS = 'SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = w.class AND k.seq > w.low AND k.seq <= w.up_to'

/** SQL for the `seq` where a page ends: the first at which one of the keys has used up its window. */
const PAGE_END = `WITH ${W} SELECT MIN((${ROWS} ORDER BY k.seq LIMIT 1 OFFSET ${WINDOW - 1})) AS seq FROM w`

/**
 * SQL for a page. An edit is for those whom its keys addressed when the notification was sent, so of other events than
 * notifications the event itself is asked.
 */
const replayOf = (ofTopic: (row: string) => string) => `WITH ${W},
  c AS MATERIALIZED (
    SELECT DISTINCT ${seqOf('x')} AS seq FROM w
    CROSS JOIN ${seqsOf(`${ROWS} AND CASE WHEN k.class <> ${INDEX_CLASS.other} THEN (k.expires_at IS NULL OR k.expires_at > w.now) ${ofTopic('k')} ELSE EXISTS (
      SELECT 1 FROM events n WHERE n.seq = k.seq AND n.recalled_at IS NULL AND (n.expires_at IS NULL OR n.expires_at > w.now)
      AND (n.origin_seq IS NULL OR n.late = 1 OR n.origin_seq > w.after) ${ofTopic('n')}
    ) END ORDER BY k.seq LIMIT ?`, 'x')}
  )
  SELECT ${COLUMNS} FROM c JOIN events n ON n.seq = c.seq ORDER BY n.seq LIMIT ?`
const REPLAY = replayOf(() => '')
const TOPICS = `(SELECT topic FROM ${rowsOf({ topic: 'TEXT' })} AS t)`
const REPLAY_OF_TOPICS = replayOf(row => `AND (${row}.topic IS NULL OR ${row}.topic IN (SELECT topic FROM topics))`)
  .replace('WITH ', `WITH topics AS MATERIALIZED ${TOPICS}, `)

/**
 * SQL for what a user is told of the removal of a large group: the event just before the one that ended the membership
 * is under the group's key, which is no longer the user's. Parameters: the user's id, and between which `seq`s.
 */
const ENDED = `FROM users u CROSS JOIN memberships w
  WHERE u.id = ? AND u.deleted_at IS NULL AND w.user_id = u.id AND ${IS_GROUP} AND w.to_seq IS NOT NULL AND w.to_seq > ? AND w.to_seq > u.direct_seq`
const ENDS = `SELECT ${COLUMNS} FROM (SELECT w.key, w.to_seq ${ENDED} AND w.to_seq <= ?) AS w
  JOIN events n ON n.seq = w.to_seq - 1 AND n.kind = 'inbox.changed' AND n.keys = '["' || w.key || '"]'`

export function * replay (
  { now }: ReadContext, userId: string, after: number, upTo: number, limit: number, topics?: Iterable<string> | null
): Steps<ReplayPage | undefined> {
  const { floor, has_ended: hasEnded, may_mute: isMuting } = (yield * get<{ floor: number, has_ended: number, may_mute: number }>(
    `SELECT floor, CASE WHEN EXISTS (SELECT 1 ${ENDED}) THEN 1 ELSE 0 END AS has_ended, CASE WHEN ${mayMute('?')} THEN 1 ELSE 0 END AS may_mute FROM log`, userId, after + 1, userId
  ))!
  if (after < floor) return undefined
  const pageEnd = (yield * get<{ seq: number | null }>(PAGE_END, after, upTo, now, userId))!.seq ?? upTo
  const rows = topics
    ? yield * all<EventRow>(REPLAY_OF_TOPICS, listOf([...topics].map(topic => [topic])), after, pageEnd, now, userId, limit, limit)
    : yield * all<EventRow>(REPLAY, after, pageEnd, now, userId, limit, limit)
  if (hasEnded === 1) {
    rows.push(...yield * all<EventRow>(ENDS, userId, after + 1, pageEnd + 1))
    rows.sort((a, b) => a.seq - b.seq).splice(limit)
  }
  const mutes = isMuting === 1 ? yield * mutesOf(userId) : undefined
  // An edit or a recall of what was muted is muted, too.
  const events = rows.map(toEvent).filter(({ keys, topic, seq, originSeq = seq }) => !excludes(keys, audienceKey.user(userId)) && !mutes?.isMuted(topic, originSeq))
  return { events, upTo: rows.length === limit ? rows.at(-1)!.seq : pageEnd }
}

export function * events (_context: ReadContext, after: number, limit: number): Steps<LogEvent[]> {
  return (yield * all<EventRow>(`SELECT ${COLUMNS_OF_TAIL} FROM events n WHERE n.seq > ? ORDER BY n.seq LIMIT ?`, after, limit)).map(toEvent)
}

function toEvent ({ keys, expires_at: expiresAt, origin_seq: originSeq, late, ...row }: EventRow): LogEvent {
  return { ...row, keys: JSON.parse(keys), expiresAt, ...(originSeq === null ? {} : { originSeq, ...(late === 1 ? { isLate: true } : {}) }) }
}

export const reads = { events } satisfies Reads
export const snapshots = { replay } satisfies Reads
