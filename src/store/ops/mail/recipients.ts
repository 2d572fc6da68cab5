import { addressing, excludedUsers, isUserKey, userOfKey } from '../../../log/audience.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { HAS_ADDRESS } from './address.ts'

/** How many members of one key one page reads, whether they have an address or not: this bounds its time. */
const SLICE = 500

/** SQL for "the user (u) has not read, archived or deleted the notification (p)". Only whoever joined after it, and so gets no mail, can have a mark that does not count. */
const IS_OPEN = `CASE (SELECT CASE WHEN m.archived_at IS NOT NULL OR m.deleted_at IS NOT NULL THEN 1 ELSE m.read END FROM marks m WHERE m.user_id = u.id AND m.seq = p.seq)
  WHEN 1 THEN FALSE WHEN 0 THEN TRUE
  ELSE NOT EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = u.id AND t.topic IN ('', COALESCE(p.topic, '')) AND t.seq >= p.seq) END`

const P = 'p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS seq, CAST(? AS TEXT) AS topic)'
const WANTED = `SELECT u.id FROM p CROSS JOIN r JOIN users u ON u.id = r.user_id WHERE ${HAS_ADDRESS} AND ${IS_OPEN} ORDER BY u.id`
const MEMBERS = 'SELECT w.user_id, w.from_seq FROM memberships w WHERE w.key = ? AND w.to_seq IS NULL AND w.user_id > ? ORDER BY w.user_id LIMIT ?'
const OF_KEY = `WITH ${P}, r AS MATERIALIZED (SELECT s.user_id FROM (${MEMBERS}) AS s CROSS JOIN p WHERE s.from_seq < p.seq) ${WANTED}`
const OF_USERS = `WITH ${P}, r AS MATERIALIZED (
    SELECT d.user_id FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d CROSS JOIN p
    JOIN memberships w ON w.user_id = d.user_id AND w.key = d.key AND w.to_seq IS NULL AND w.from_seq < p.seq
  ) ${WANTED}`

/** Walks the audience key by key; a member of several of its groups comes several times. */
function * mailRecipients (_context: ReadContext, { seq, topic, keys }: { seq: number, topic: string | null, keys: string[] }, after: string | null): Steps<{ userIds: string[], next: string | null }> {
  const addressed = addressing(keys)
  const [part, last] = after === null ? [0, ''] : JSON.parse(after) as [number, string]
  const key = addressed[part]
  if (key === undefined || (after === null && !(yield * get(`SELECT 1 AS hit FROM users u WHERE ${HAS_ADDRESS} LIMIT 1`)))) return { userIds: [], next: null }
  const excluded = new Set(excludedUsers(keys))
  const wanted = (rows: { id: string }[]) => rows.map(({ id }) => id).filter(id => !excluded.has(id))
  if (isUserKey(key)) {
    const slice = addressed.slice(part, part + SLICE)
    const rows = yield * all<{ id: string }>(OF_USERS, seq, topic, listOf(slice.map(key => [userOfKey(key), key])))
    return { userIds: wanted(rows), next: part + SLICE < addressed.length ? JSON.stringify([part + SLICE, '']) : null }
  }
  const rows = yield * all<{ id: string }>(OF_KEY, seq, topic, key, last, SLICE)
  const end = yield * get<{ user_id: string }>(`${MEMBERS} OFFSET ?`, key, last, 1, SLICE - 1)
  const next = end ? [part, end.user_id] : part + 1 < addressed.length ? [part + 1, ''] : null
  return { userIds: wanted(rows), next: next && JSON.stringify(next) }
}

export const reads = { mailRecipients } satisfies Reads
