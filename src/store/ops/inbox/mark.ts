import { audienceKey } from '../../../log/audience.ts'
import type { EventKind } from '../../../log/event.ts'
import type { MarkResult, MarkVerb, ReadAllResult } from '../../store.ts'
import { formatCursor } from '../../../protocol/cursor.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { append } from '../batch.ts'
import type { WriteContext, Writes } from '../context.ts'
import { newestUnread } from './inbox.ts'
import { OPEN_MEMBERSHIPS } from '../identity/member.ts'
import { ALIVE, MARK_STATE, READ_AT, UNREAD, countUnread } from './unread.ts'

interface Found { seq: number, unread: number, read_at: number | null }

const EVENT: Record<MarkVerb, EventKind> = {
  read: 'notification.read', unread: 'notification.unread', delete: 'notification.deleted'
}

const STATE: Record<MarkVerb, number> = { read: MARK_STATE.read, unread: MARK_STATE.unread, delete: MARK_STATE.deleted }

/** Changes the state of notifications in one inbox, and appends an event if anything changed. */
function * mark ({ batch, at }: WriteContext, userId: string, verb: MarkVerb, ids: string[]): Steps<MarkResult> {
  const wanted = [...new Set(ids)]
  const found = yield * find(userId, wanted, at)
  const changed = wanted.filter(id => found.has(id) && !isUnchanged(verb, found.get(id)!))
  if (changed.length > 0) yield * setMarks(userId, changed.map(id => found.get(id)!.seq), verb, at)
  // Counted inside the transaction, so it is exact at this mark's own `seq`, whatever else is in the commit.
  const unread = (yield * countUnread(userId, at))?.count ?? 0
  if (changed.length > 0) {
    const body = JSON.stringify({ ids: changed, unread_count: unread })
    yield * append(batch, { kind: EVENT[verb], keys: [audienceKey.user(userId)], at, body })
  }
  return {
    found: wanted.filter(id => found.has(id)).map(id => ({ id, readAt: readAtAfter(verb, found.get(id)!, at) })),
    missing: wanted.filter(id => !found.has(id)),
    unread,
    seq: batch.seq,
    hasChanged: changed.length > 0
  }
}

/** Whether the verb would change nothing. */
function isUnchanged (verb: MarkVerb, { unread }: Found): boolean {
  return verb === 'read' ? unread === 0 : verb === 'unread' && unread === 1
}

function readAtAfter (verb: MarkVerb, { unread, read_at: before }: Found, at: number): number | null {
  // READ_AT is also set for a notification that was marked unread after a "read all".
  const readAt = unread === 1 ? null : before
  return verb === 'unread' ? null : verb === 'read' ? readAt ?? at : readAt
}

function * setMarks (userId: string, seqs: number[], verb: MarkVerb, at: number): Steps<void> {
  // WHERE TRUE: without it SQLite parses ON CONFLICT as the condition of a join.
  yield * run(
    `INSERT INTO marks (user_id, seq, state, read_at)
     SELECT CAST(? AS TEXT), seq, CAST(? AS INTEGER), CAST(? AS BIGINT) FROM ${rowsOf({ seq: 'BIGINT' })} AS d WHERE TRUE
     ON CONFLICT (user_id, seq) DO UPDATE SET state = excluded.state, read_at = excluded.read_at`,
    userId, STATE[verb], verb === 'read' ? at : null, listOf(seqs.map(seq => [seq]))
  )
}

const FIND = `
  SELECT n.id, n.seq, CASE WHEN ${UNREAD} THEN 1 ELSE 0 END AS unread, ${READ_AT} AS read_at
  FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN events n ON n.id = d.id LEFT JOIN marks m ON m.user_id = ? AND m.seq = n.seq
  WHERE ${ALIVE} AND EXISTS (
    SELECT 1 FROM ${OPEN_MEMBERSHIPS} AND w.from_seq < n.seq AND EXISTS (SELECT 1 FROM event_keys k WHERE k.key = w.key AND k.class = 0 AND k.seq = n.seq))`

/** Finds notifications of this inbox by id. */
function * find (userId: string, ids: string[], now: number): Steps<Map<string, Found>> {
  const rows = yield * all<Found & { id: string }>(FIND, userId, userId, listOf(ids.map(id => [id])), userId, now, userId)
  return new Map(rows.map(row => [row.id, row]))
}

/** Marks all with `seq ≤ upTo` as read: one row and one event, however many notifications. */
function * readAll ({ batch, at }: WriteContext, userId: string, upTo: number | null, topic: string | null): Steps<ReadAllResult> {
  const seq = Math.min(upTo ?? batch.seq, batch.seq)
  const counted = yield * countUnread(userId, at, seq, topic)
  if (!counted) return { count: 0, unread: 0, seq: batch.seq, hasChanged: false }
  const { count } = counted
  if (count === 0) return { count, unread: (yield * countUnread(userId, at))!.count, seq: batch.seq, hasChanged: false }
  // The event names the newest unread notification, not `upTo`: the user's other devices know its `seq`, but not every `seq` of the log.
  const newest = (yield * newestUnread(userId, seq, topic, at))!
  yield * setReadThrough(userId, seq, topic, at)
  const { count: unread } = (yield * countUnread(userId, at))!
  const body = JSON.stringify({ before: formatCursor(batch.epoch, newest), ...(topic === null ? {} : { topic }), unread_count: unread })
  yield * append(batch, { kind: 'inbox.read_all', keys: [audienceKey.user(userId)], at, body })
  return { count, unread, seq: batch.seq, hasChanged: true }
}

function * setReadThrough (userId: string, seq: number, topic: string | null, at: number): Steps<void> {
  yield * run(
    `INSERT INTO read_through (user_id, topic, seq, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (user_id, topic, seq) DO NOTHING`, userId, topic ?? '', seq, at
  )
  yield * run(
    `UPDATE marks SET state = ${MARK_STATE.read}, read_at = ? WHERE user_id = ? AND state = ${MARK_STATE.unread} AND seq <= ?
     ${topic === null ? '' : 'AND EXISTS (SELECT 1 FROM events n WHERE n.seq = marks.seq AND n.topic = ?)'}`,
    at, userId, seq, ...(topic === null ? [] : [topic])
  )
}

export const writes = { mark, readAll } satisfies Writes
