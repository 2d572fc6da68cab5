import type { Choice } from '../../store.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import { mutedAt } from '../preferences/muted.ts'
import { ALIVE, OWN_MARK, READ_AT, READ_SEQ, UNREAD, WINDOWS, sinceOf } from './states.ts'

/** A user's mark of a notification: states that do not depend on each other. */
export interface Mark {
  /** 1: read, 0: unread whatever "read all" marks say, null: they decide. */
  read: 0 | 1 | null
  /** When it was read, also if it was marked unread since. */
  read_at: number | null
  archived_at: number | null
  deleted_at: number | null
  /** The event that changed each state last; null: none, or one that an earlier version stored. */
  read_seq: number | null
  archived_seq: number | null
  deleted_seq: number | null
}

/** A notification of this inbox, deleted or not, and what the user sees of it; `first_read_at` is also set where it was marked unread since. */
export interface Found extends Mark { id: string, seq: number, key: string | null, unread: 0 | 1, first_read_at: number | null }

const find = (more: string) => `
  WITH w AS MATERIALIZED (${WINDOWS}),
  c AS MATERIALIZED (
    SELECT * FROM (SELECT n.seq, ${sinceOf('n.seq')} AS since FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN events n ON n.id = d.id) AS x WHERE x.since IS NOT NULL
  )
  SELECT n.id, n.seq, CASE WHEN ${UNREAD} THEN 1 ELSE 0 END AS unread, ${READ_AT} AS first_read_at, ${READ_SEQ} AS read_seq,
    m.read, m.read_at, m.archived_at, m.deleted_at, m.archived_seq, m.deleted_seq,
    (SELECT w.key FROM w WHERE (SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class = 0 AND k.seq = n.seq AND k.seq > w.after LIMIT 1) IS NOT NULL) AS key ${more}
  FROM c JOIN events n ON n.seq = c.seq ${OWN_MARK} WHERE ${ALIVE} AND NOT (${mutedAt('?', 'n.topic', 'n.seq')})`
const FIND = find('')
const FIND_WITH_BODY = find(', n.body')

const params = (userId: string, ids: string[], now: number) => [userId, now, listOf(ids.map(id => [id])), userId, userId, userId, userId, now, userId, userId, userId] as const

/** Finds notifications of one inbox by id. */
export function * findMarked (userId: string, ids: string[], now: number): Steps<Map<string, Found>> {
  return new Map((yield * all<Found>(FIND, ...params(userId, ids, now))).map(row => [row.id, row]))
}

/** Finds one notification that is in the inbox and was not deleted from it, with its body. */
export function * findItem (userId: string, id: string, now: number): Steps<Found & { body: string } | undefined> {
  const [row] = yield * all<Found & { body: string }>(FIND_WITH_BODY, ...params(userId, [id], now))
  return row?.deleted_at === null ? row : undefined
}

/** Which action of a notification the user chose first; undefined if none. */
export function * choiceOf (userId: string, seq: number): Steps<Choice | undefined> {
  return yield * get<Choice>('SELECT action, at FROM acts WHERE user_id = ? AND seq = ?', userId, seq)
}

/** When the user read it, null if it is unread. */
export function readAtOf ({ unread, first_read_at: readAt }: Pick<Found, 'unread' | 'first_read_at'>): number | null {
  return unread === 1 ? null : readAt
}
