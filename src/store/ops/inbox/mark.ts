import { audienceKey } from '../../../log/audience.ts'
import type { EventKind } from '../../../log/event.ts'
import type { MarkResult, MarkVerb, ReadAllResult } from '../../store.ts'
import { formatCursor } from '../../../protocol/cursor.ts'
import { get, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { append } from '../batch.ts'
import { EXCLUDED } from '../exclude.ts'
import type { WriteContext, Writes } from '../context.ts'
import { owedOf } from '../receipts/demands.ts'
import { NOTHING, countUnread, stateCounts } from './counts.ts'
import { findMarked, readAtOf, type Found, type Mark } from './find.ts'
import { newestUnread } from './search.ts'

const EVENT: Record<MarkVerb, EventKind> = {
  read: 'notification.read',
  unread: 'notification.unread',
  delete: 'notification.deleted',
  archive: 'notification.archived',
  unarchive: 'notification.unarchived',
  restore: 'notification.restored'
}

/**
 * What each verb makes of a mark. What is put away unread says so itself: a later "read all", which concerns the
 * inbox alone, must not read it.
 */
const CHANGE: Record<MarkVerb, (found: Found, at: number) => Partial<Mark>> = {
  read: (found, at) => ({ read: 1, read_at: readAtOf(found) ?? at }),
  // When it was read stays: that it was delivered, and read once, is true for good.
  unread: found => ({ read: 0, read_at: readAtOf(found) }),
  delete: (found, at) => ({ deleted_at: at, ...keptRead(found) }),
  archive: (found, at) => ({ archived_at: at, ...keptRead(found) }),
  unarchive: () => ({ archived_at: null }),
  restore: () => ({ deleted_at: null })
}

const IS_UNCHANGED: Record<MarkVerb, (found: Found) => boolean> = {
  read: ({ unread }) => unread === 0,
  unread: ({ unread }) => unread === 1,
  delete: () => false,
  archive: found => found.archived_at !== null,
  unarchive: found => found.archived_at === null,
  restore: () => false
}

/** Which state each verb changes. */
const STATE: Record<MarkVerb, 'read_seq' | 'archived_seq' | 'deleted_seq'> = {
  read: 'read_seq', unread: 'read_seq', delete: 'deleted_seq', archive: 'archived_seq', unarchive: 'archived_seq', restore: 'deleted_seq'
}

function keptRead (found: Found): Partial<Mark> {
  return found.unread === 1 ? { read: 0 } : {}
}

/** Changes the state of notifications in one inbox, and appends an event if anything changed. */
function * mark ({ batch, at }: WriteContext, userId: string, verb: MarkVerb, ids: string[], since = Infinity): Steps<MarkResult> {
  const wanted = [...new Set(ids)]
  const inbox = [...yield * findMarked(userId, wanted, at)].filter(([, { deleted_at: deletedAt }]) => deletedAt !== EXCLUDED)
  const state = STATE[verb]
  // What was deleted is in no view but its own, where the only thing to do with it is to restore it.
  const isFor = (wantsDeleted: boolean, { deleted_at: deletedAt }: Found) => wantsDeleted === (deletedAt !== null)
  // Too late to delete, too, is what another call has deleted since.
  const overtaken = new Map(inbox.filter(([, mark]) => (mark[state] ?? 0) > since && (state === 'deleted_seq' || isFor(false, mark))))
  const found = new Map(inbox.filter(([id, mark]) => isFor(verb === 'restore', mark) && !overtaken.has(id)))
  const refused = yield * refuse(userId, verb, found)
  const changed = wanted.filter(id => found.has(id) && !IS_UNCHANGED[verb](found.get(id)!))
  // The mark's own event is the next one.
  for (const id of changed) Object.assign(found.get(id)!, CHANGE[verb](found.get(id)!, at), { [state]: batch.seq + 1 })
  if (changed.length > 0) yield * setMarks(userId, changed.map(id => found.get(id)!), batch.seq + 1)
  // Counted inside the transaction, so it is exact at this mark's own `seq`, whatever else is in the commit.
  const { unread, unseen } = yield * stateCounts(userId, at)
  if (changed.length > 0) {
    // Devices that were not there when it was deleted must know to which view it returns.
    const archived = verb === 'restore' ? { archived: changed.filter(id => found.get(id)!.archived_at !== null) } : {}
    const body = JSON.stringify({ ids: changed, ...archived, unread_count: unread, unseen_count: unseen })
    yield * append(batch, { kind: EVENT[verb], keys: [audienceKey.user(userId)], at, body })
  }
  return {
    found: wanted.flatMap(id => {
      const mark = found.get(id) ?? overtaken.get(id)
      return mark ? [{ id, readAt: stateAfter(mark), archived: mark.archived_at !== null }] : []
    }),
    overtaken: wanted.filter(id => overtaken.has(id)),
    missing: wanted.filter(id => !found.has(id) && !overtaken.has(id) && !refused.includes(id)),
    refused: refused.map(id => ({ id, code: 'BLF_ACKNOWLEDGE_REQUIRED' })),
    unread,
    unseen,
    seq: batch.seq,
    hasChanged: changed.length > 0
  }
}

/** Takes out what must be acknowledged before it is put away; the ids of that. */
function * refuse (userId: string, verb: MarkVerb, found: Map<string, Found>): Steps<string[]> {
  if (verb !== 'delete' && verb !== 'archive') return []
  const owed = yield * owedOf(userId, [...found.values()].map(({ seq }) => seq))
  const refused = [...found.values()].filter(({ seq }) => owed.has(seq)).map(({ id }) => id)
  for (const id of refused) found.delete(id)
  return refused
}

function stateAfter (found: Found): number | null {
  return found.read === 0 ? null : found.read === 1 ? found.read_at : readAtOf(found)
}

const MARK_COLUMNS = ['read', 'read_at', 'archived_at', 'deleted_at', 'read_seq', 'archived_seq', 'deleted_seq', 'key', 'at_seq'] as const
const SET_MARKS = `
  INSERT INTO marks (user_id, seq, ${MARK_COLUMNS.join(', ')})
  SELECT CAST(? AS TEXT), d.seq, d.read, d.read_at, d.archived_at, d.deleted_at, d.read_seq, d.archived_seq, d.deleted_seq, d.key, d.at_seq
  FROM ${rowsOf({ seq: 'BIGINT', read: 'BIGINT', read_at: 'BIGINT', archived_at: 'BIGINT', deleted_at: 'BIGINT', read_seq: 'BIGINT', archived_seq: 'BIGINT', deleted_seq: 'BIGINT', key: 'TEXT', at_seq: 'BIGINT' })} AS d WHERE TRUE
  ON CONFLICT (user_id, seq) DO UPDATE SET ${MARK_COLUMNS.map(column => `${column} = excluded.${column}`).join(', ')}`

/** Writes marks whole, one made before the notification came into the inbox included. WHERE TRUE: without it SQLite parses ON CONFLICT as a join's condition. */
function * setMarks (userId: string, marks: Found[], atSeq: number): Steps<void> {
  const rows = marks.map((mark): Value[] => [mark.seq, mark.read, mark.read_at, mark.archived_at, mark.deleted_at, mark.read_seq, mark.archived_seq, mark.deleted_seq, mark.key, atSeq])
  yield * run(SET_MARKS, userId, listOf(rows))
}

/** Marks all with `seq ≤ upTo` as read: one row and one event, however many notifications. */
function * readAll ({ batch, at }: WriteContext, userId: string, upTo: number | null, topic: string | null, since?: number): Steps<ReadAllResult> {
  const seq = Math.min(upTo ?? batch.seq, batch.seq)
  const isOvertaken = since !== undefined && (yield * wasReadThrough(userId, seq, topic, since))
  const { count } = (!isOvertaken && (yield * countUnread(userId, at, { upTo: seq, topic }))) || NOTHING
  if (count === 0) return { count, ...yield * stateCounts(userId, at), seq: batch.seq, hasChanged: false }
  // The event names the newest unread notification, not `upTo`: the user's other devices know its `seq`, but not every `seq` of the log.
  const newest = (yield * newestUnread(userId, seq, topic, at))!
  yield * setReadThrough(userId, { seq, atSeq: batch.seq + 1, topic, at })
  const { unread, unseen } = yield * stateCounts(userId, at)
  const body = JSON.stringify({ before: formatCursor(batch.epoch, newest), ...(topic === null ? {} : { topic }), unread_count: unread, unseen_count: unseen })
  yield * append(batch, { kind: 'inbox.read_all', keys: [audienceKey.user(userId)], at, body })
  return { count, unread, unseen, seq: batch.seq, hasChanged: true }
}

/** Whether the same was marked as read, or more, by an event after `since`: what was marked as unread then is newer than this mark. */
function * wasReadThrough (userId: string, seq: number, topic: string | null, since: number): Steps<boolean> {
  const sql = "SELECT 1 AS found FROM read_through WHERE user_id = ? AND topic IN ('', ?) AND seq >= ? AND at_seq > ? LIMIT 1"
  return (yield * get(sql, userId, topic ?? '', seq, since)) !== undefined
}

function * setReadThrough (userId: string, { seq, atSeq, topic, at }: { seq: number, atSeq: number, topic: string | null, at: number }): Steps<void> {
  yield * run('INSERT INTO read_through (user_id, topic, seq, at_seq, at) VALUES (?, ?, ?, ?, ?)', userId, topic ?? '', seq, atSeq, at)
  yield * run(
    `UPDATE marks SET read = 1, read_at = ?, read_seq = ? WHERE user_id = ? AND read = 0 AND archived_at IS NULL AND deleted_at IS NULL AND seq <= ?
     ${topic === null ? '' : 'AND EXISTS (SELECT 1 FROM events n WHERE n.seq = marks.seq AND n.topic = ?)'}`,
    at, atSeq, userId, seq, ...(topic === null ? [] : [topic])
  )
}

export const writes = { mark, readAll } satisfies Writes
