import { audienceKey } from '../../notification/audience.ts'
import type { EventKind, MarkResult, MarkVerb, ReadAllResult } from '../store.ts'
import { formatCursor } from '../../protocol/cursor.ts'
import { get, run, type Steps } from '../query.ts'
import { append, type Batch } from './batch.ts'
import { newestUnread } from './inbox.ts'
import { memberRow, windowsOf, type Window } from './member.ts'
import { ALIVE, READ_AT, UNREAD, countUnread } from './unread.ts'

interface Found { seq: number, unread: number, read_at: number | null }

const EVENT: Record<MarkVerb, EventKind> = {
  read: 'notification.read', unread: 'notification.unread', delete: 'notification.deleted'
}

export interface Marking { userId: string, verb: MarkVerb, ids: string[], at: number }

/** Changes the state of notifications in one inbox, and says so in the log if anything changed. */
export function * mark (batch: Batch, { userId, verb, ids, at }: Marking): Steps<MarkResult> {
  const user = yield * memberRow(userId)
  const windows = user ? windowsOf(user) : []
  const result: Pick<MarkResult, 'found' | 'missing'> = { found: [], missing: [] }
  const changed: string[] = []
  for (const id of new Set(ids)) {
    const found = yield * find(windows, userId, id, at)
    if (!found) {
      result.missing.push(id)
      continue
    }
    const isSo = verb === 'read' ? found.unread === 0 : verb === 'unread' && found.unread === 1
    if (!isSo) {
      yield * setMark(userId, found.seq, verb, at)
      changed.push(id)
    }
    // A "read all" leaves its time also on what was marked unread after it.
    const readAt = found.unread === 1 ? null : found.read_at
    result.found.push({ id, readAt: verb === 'unread' ? null : verb === 'read' ? readAt ?? at : readAt })
  }
  // Counted in the transaction of the mark: it is of the mark's own place in the log, whatever shares its commit.
  const unread = user ? (yield * countUnread(user, at))!.count : 0
  if (changed.length > 0) {
    const body = JSON.stringify({ ids: changed, unread_count: unread })
    yield * append(batch, { kind: EVENT[verb], keys: [audienceKey.user(userId)], at, body })
  }
  return { ...result, unread, seq: batch.seq, hasChanged: changed.length > 0 }
}

function * setMark (userId: string, seq: number, verb: MarkVerb, at: number): Steps<void> {
  const state = verb === 'read' ? 1 : verb === 'unread' ? 2 : 3
  yield * run(
    `INSERT INTO marks (user_id, seq, state, read_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (user_id, seq) DO UPDATE SET state = excluded.state, read_at = excluded.read_at`,
    userId, seq, state, verb === 'read' ? at : null
  )
}

/** A notification of this inbox by its id. */
function * find (windows: Window[], userId: string, id: string, now: number): Steps<Found | undefined> {
  const found = yield * get<Found>(
    `SELECT n.seq, CASE WHEN ${UNREAD} THEN 1 ELSE 0 END AS unread, ${READ_AT} AS read_at
     FROM events n LEFT JOIN marks m ON m.user_id = ? AND m.seq = n.seq
     WHERE n.id = ? AND ${ALIVE}`, userId, userId, userId, id, now
  )
  if (!found) return undefined
  for (const { key, after } of windows) {
    if (found.seq <= after) continue
    const hit = yield * get('SELECT 1 AS hit FROM event_keys WHERE key = ? AND class = 0 AND seq = ?', key, found.seq)
    if (hit) return found
  }
  return undefined
}

export interface ReadingAll { userId: string, upTo: number | null, topic: string | null, at: number }

/** Marks all up to a place as read: one row and one event, however many they are. */
export function * readAll (batch: Batch, { userId, upTo, topic, at }: ReadingAll): Steps<ReadAllResult> {
  const user = yield * memberRow(userId)
  if (!user) return { count: 0, unread: 0, seq: batch.seq, hasChanged: false }
  const seq = Math.min(upTo ?? batch.seq, batch.seq)
  const { count } = (yield * countUnread(user, at, seq, topic))!
  if (count === 0) return { count, unread: (yield * countUnread(user, at))!.count, seq: batch.seq, hasChanged: false }
  // Not every place of the log is known to this user's other devices; what was unread there is.
  const newest = (yield * newestUnread(user, seq, topic, at))!
  yield * setReadThrough(userId, seq, topic, at)
  const { count: unread } = (yield * countUnread(user, at))!
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
    `UPDATE marks SET state = 1, read_at = ? WHERE user_id = ? AND state = 2 AND seq <= ?
     ${topic === null ? '' : 'AND seq IN (SELECT seq FROM events WHERE topic = ?)'}`,
    at, userId, seq, ...(topic === null ? [] : [topic])
  )
}
