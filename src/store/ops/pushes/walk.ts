import { addressing, excludedUsers, isGroupKey, isUserKey, userOfKey } from '../../../log/audience.ts'
import { hasIt } from '../index-class.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'

/** Where a walk over an audience is: in which of its keys, and after whom; or at whom, if that user was not looked at yet. */
export interface WalkPlace { part: number, user: string, isPassed: boolean }
export const START: WalkPlace = { part: 0, user: '', isPassed: true }

/** How many index lookups one statement does, and how many users it finds at the most. */
const MAX_LOOKUPS = 128

/*
 * Members of a key who have subscriptions: two lists in the order of user ids, of which either may be a thousand times as long as the other.
 * The walk leaps in turns to the first entry of one list that is not before the current one of the other; where both are the same, there is one:
 *
 *     subscriptions   a ─────────────▶ f ──▶ f   hit      j
 *     members             ▶ c             ▲ f             …
 */
/** SQL for NULL, with the collation of the columns: PostgreSQL wants both parts of the recursion to have the same. */
const NOBODY = '(SELECT s.user_id FROM push_subscriptions s WHERE FALSE)'
const HIT = '(CASE WHEN z.was_hit = 0 AND z.v = z.before THEN 1 ELSE 0 END)'
const LEAP = `WITH RECURSIVE x AS (SELECT CAST(? AS TEXT) AS user_id, CAST(? AS BIGINT) AS is_passed, CAST(? AS TEXT) AS key),
  z (v, before, was_hit, side, n) AS (
    SELECT (SELECT s.user_id FROM push_subscriptions s WHERE s.user_id >= x.user_id AND (x.is_passed = 0 OR s.user_id <> x.user_id) ORDER BY s.user_id LIMIT 1), ${NOBODY}, 0, 0, 0 FROM x
    UNION ALL
    SELECT CASE WHEN z.side = 0
      THEN (SELECT w.user_id FROM memberships w WHERE w.key = (SELECT x.key FROM x) AND w.to_seq IS NULL AND w.user_id >= z.v AND (${HIT} = 0 OR w.user_id <> z.v) ORDER BY w.user_id LIMIT 1)
      ELSE (SELECT s.user_id FROM push_subscriptions s WHERE s.user_id >= z.v AND (${HIT} = 0 OR s.user_id <> z.v) ORDER BY s.user_id LIMIT 1) END,
      z.v, ${HIT}, 1 - z.side, z.n + 1 FROM z WHERE z.v IS NOT NULL AND z.n < ${MAX_LOOKUPS}
  ) SELECT z.v, ${HIT} AS hit FROM z WHERE z.v IS NOT NULL ORDER BY z.n`

const SUBSCRIBED = `SELECT DISTINCT s.user_id FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN push_subscriptions s ON s.user_id = d.id`

/** SQL for those of these users who have it by one of these groups too. */
const ALSO_IN = `WITH p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS seq)
  SELECT DISTINCT d.id FROM p CROSS JOIN ${rowsOf({ id: 'TEXT' })} AS d CROSS JOIN ${rowsOf({ key: 'TEXT' })} AS y
  JOIN memberships w ON w.user_id = d.id AND w.key = y.key AND w.to_seq IS NULL AND ${hasIt('w.from_seq', 'p.seq', 'w.key')}`

export interface WalkStep { found: { userId: string, key: string }[], /** Null at the end of the audience. */ next: WalkPlace | null }

/** Which of the users that these audiences name have subscriptions: one statement for many notifications. */
export function * subscribedAmong (audiences: string[][]): Steps<Set<string>> {
  const named = audiences.flatMap(addressing).filter(isUserKey).map(userOfKey)
  const rows = named.length === 0 ? [] : yield * all<{ user_id: string }>(SUBSCRIBED, listOf([...new Set(named)].map(id => [id])))
  return new Set(rows.map(({ user_id: id }) => id))
}

/** One step over those of an audience who have subscriptions, in an order that does not change: `limit` at most. `subscribed`: who of those that it names. */
export function * walk (keys: string[], seq: number, from: WalkPlace, limit: number, subscribed: Set<string>): Steps<WalkStep> {
  const addressed = addressing(keys)
  const excluded = new Set(excludedUsers(keys))
  const key = addressed[from.part]
  if (key === undefined) return { found: [], next: null }
  if (isUserKey(key)) return named(addressed, from, limit, subscribed)
  const rows = yield * all<{ v: string, hit: number }>(LEAP, from.user, Number(from.isPassed), key)
  const hits = rows.filter(({ hit }) => hit === 1).map(({ v }) => v)
  const users = hits.slice(0, limit)
  const shared = isGroupKey(key) ? addressed.slice(0, from.part) : []
  // Whoever is in several groups was found in the first of them.
  const known = shared.length === 0 || users.length === 0 ? [] : yield * all<{ id: string }>(ALSO_IN, seq, listOf(users.map(id => [id])), listOf(shared.map(key => [key])))
  const others = new Set([...excluded, ...known.map(({ id }) => id)])
  const last = rows.at(-1)
  const isMore = hits.length > limit || rows.length > MAX_LOOKUPS
  const next = !isMore || !last
    ? from.part + 1 < addressed.length ? { ...START, part: from.part + 1 } : null
    : hits.length > limit
      ? { part: from.part, user: users.at(-1)!, isPassed: true }
      : { part: from.part, user: last.v, isPassed: last.hit === 1 }
  return { found: users.filter(user => !others.has(user)).map(userId => ({ userId, key })), next }
}

/** Users who are addressed by their ids, which are a thousand at the most. */
function named (keys: string[], from: WalkPlace, limit: number, subscribed: Set<string>): WalkStep {
  const users = new Map(keys.map(key => [userOfKey(key), key]))
  const after = [...users.keys()].filter(id => subscribed.has(id) && id > from.user).sort((one, other) => one < other ? -1 : 1)
  const found = after.slice(0, limit)
  return { found: found.map(userId => ({ userId, key: users.get(userId)! })), next: after.length > limit ? { part: 0, user: found.at(-1)!, isPassed: true } : null }
}

const READERS = `SELECT d.id, MIN(y.key) AS key FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN memberships w ON w.user_id = d.id AND w.to_seq IS NULL
  JOIN ${rowsOf({ key: 'TEXT' })} AS y ON y.key = w.key GROUP BY d.id`

/** Of those whom a reminder names, who still is in the audience of the notification at `seq`: with the key by which. */
export function * amongReaders (seq: number, named: WalkStep['found']): Steps<WalkStep['found']> {
  if (named.length === 0) return []
  const row = yield * get<{ keys: string }>('SELECT keys FROM events WHERE seq = ?', seq)
  const keys = row ? addressing(JSON.parse(row.keys) as string[]) : []
  if (keys.some(isUserKey)) return named.filter(({ key }) => keys.includes(key))
  const rows = yield * all<{ id: string, key: string }>(READERS, listOf(named.map(({ userId }) => [userId])), listOf(keys.map(key => [key])))
  const keyOf = new Map(rows.map(({ id, key }) => [id, key]))
  return named.flatMap(({ userId }) => keyOf.has(userId) ? [{ userId, key: keyOf.get(userId)! }] : [])
}

/** As the store keeps it. */
export function formatPlace ({ part, user, isPassed }: WalkPlace): string {
  return JSON.stringify([part, user, Number(isPassed)])
}

export function parsePlace (text: string | null): WalkPlace {
  if (text === null) return START
  const [part, user, isPassed] = JSON.parse(text) as [number, string, number]
  return { part, user, isPassed: isPassed === 1 }
}
