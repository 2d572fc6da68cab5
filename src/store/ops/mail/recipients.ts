import { addressing, excludedUsers, isUserKey, userOfKey } from '../../../log/audience.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { hasIt } from '../index-class.ts'
import { HAS_ADDRESS } from './address.ts'

/** How many members of one key one page reads, whether they have an address or not: this bounds its time. */
const SLICE = 500

/** SQL for "the user (u) has not read, archived or deleted the notification (p)" since it came into the inbox (r). */
const IS_OPEN = `CASE (SELECT CASE WHEN m.archived_at IS NOT NULL OR m.deleted_at IS NOT NULL THEN 1 ELSE m.read END FROM marks m WHERE m.user_id = u.id AND m.seq = p.seq AND m.at_seq > r.since)
  WHEN 1 THEN FALSE WHEN 0 THEN TRUE
  ELSE NOT EXISTS (SELECT 1 FROM read_through t WHERE t.user_id = u.id AND t.topic IN ('', COALESCE(p.topic, '')) AND t.seq >= p.seq AND t.at_seq > r.since) END`

const P = 'p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS seq, CAST(? AS TEXT) AS topic)'
const WANTED = `SELECT u.id, CASE WHEN r.since > p.seq THEN r.since ELSE p.seq END AS seq FROM p CROSS JOIN r JOIN users u ON u.id = r.user_id WHERE ${HAS_ADDRESS} AND ${IS_OPEN} ORDER BY u.id`
const MEMBERS = 'SELECT w.user_id, w.from_seq FROM memberships w WHERE w.key = ? AND w.to_seq IS NULL AND w.user_id > ? ORDER BY w.user_id LIMIT ?'
const OF_KEY = `WITH ${P}, r AS MATERIALIZED (SELECT s.user_id, s.from_seq AS since FROM (${MEMBERS}) AS s CROSS JOIN p WHERE s.from_seq < p.seq) ${WANTED}`
/** The same of one for late joiners. By several groups it came with the first of them. */
const OF_KEY_LATE = `WITH ${P}, k AS MATERIALIZED (SELECT d.key FROM ${rowsOf({ key: 'TEXT' })} AS d), s AS MATERIALIZED (${MEMBERS}),
  r AS MATERIALIZED (
    SELECT x.user_id, x.since FROM (
      SELECT s.user_id, (
        SELECT MIN(w.from_seq) FROM k JOIN memberships w ON w.user_id = s.user_id AND w.key = k.key AND w.to_seq IS NULL WHERE ${hasIt('w.from_seq', 'p.seq', 'w.key')}
      ) AS since FROM s CROSS JOIN p
    ) AS x WHERE x.since IS NOT NULL
  ) ${WANTED}`
const OF_USERS = `WITH ${P}, r AS MATERIALIZED (
    SELECT d.user_id, w.from_seq AS since FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d CROSS JOIN p
    JOIN memberships w ON w.user_id = d.user_id AND w.key = d.key AND w.to_seq IS NULL AND w.from_seq < p.seq
  ) ${WANTED}`

interface Row { id: string, seq: number }

/** Walks the audience key by key; a member of several of its groups comes several times. */
function * mailRecipients (_context: ReadContext, { seq, topic, keys }: { seq: number, topic: string | null, keys: string[] }, after: string | null): Steps<{ recipients: { userId: string, seq: number }[], next: string | null }> {
  const addressed = addressing(keys)
  const [part, last] = after === null ? [0, ''] : JSON.parse(after) as [number, string]
  const key = addressed[part]
  if (key === undefined || (after === null && !(yield * get(`SELECT 1 AS hit FROM users u WHERE ${HAS_ADDRESS} LIMIT 1`)))) return { recipients: [], next: null }
  const excluded = new Set(excludedUsers(keys))
  const wanted = (rows: Row[]) => rows.filter(({ id }) => !excluded.has(id)).map(({ id, seq }) => ({ userId: id, seq }))
  if (isUserKey(key)) {
    const slice = addressed.slice(part, part + SLICE)
    const rows = yield * all<Row>(OF_USERS, seq, topic, listOf(slice.map(key => [userOfKey(key), key])))
    return { recipients: wanted(rows), next: part + SLICE < addressed.length ? JSON.stringify([part + SLICE, '']) : null }
  }
  const isLate = (yield * get<{ late: number | null }>('SELECT late FROM events WHERE seq = ?', seq))?.late === 1
  const rows = isLate
    ? yield * all<Row>(OF_KEY_LATE, seq, topic, listOf(addressed.map(key => [key])), key, last, SLICE)
    : yield * all<Row>(OF_KEY, seq, topic, key, last, SLICE)
  const end = yield * get<{ user_id: string }>(`${MEMBERS} OFFSET ?`, key, last, 1, SLICE - 1)
  const next = end ? [part, end.user_id] : part + 1 < addressed.length ? [part + 1, ''] : null
  return { recipients: wanted(rows), next: next && JSON.stringify(next) }
}

export const reads = { mailRecipients } satisfies Reads
