import { isGroupKey } from '../../../log/audience.ts'
import { PUSH_READER } from '../../../log/readers.ts'
import { choose, levelsOf } from '../../../preferences/effective.ts'
import { MAX_SUMMED } from '../../../preferences/quiet.ts'
import type { DuePush, Push } from '../../contract/pushes.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import { storeTime, type Longs, type ReadContext, type Reads } from '../context.ts'
import { hasIt, INDEX_CLASS } from '../index-class.ts'
import { searchEntries } from '../inbox/inbox.ts'
import { judge, MAX_JUDGED, type Candidate } from './judge.ts'

/** More pending ones are not counted. */
const MAX_COUNTED = 100_000
/** How many users' summaries are made at once. */
const MAX_HELD = 16

interface CallRow { subscription_id: string, seq: number, user_id: string, key: string, since: number | null, n: number, topic: string | null, origin: number | null }

const PENDING = `SELECT (SELECT count(*) FROM (SELECT 1 AS hit FROM push_calls c WHERE c.next_at IS NOT NULL LIMIT ${MAX_COUNTED}) AS x) AS pending,
  (SELECT MIN(c.next_at) FROM push_calls c WHERE c.next_at IS NOT NULL) AS next_at, (SELECT MIN(h.due_at) FROM push_held h) AS due_at FROM log`

function * pendingPushes ({ now, clock }: ReadContext): Steps<{ pending: number, dueIn: number | null }> {
  const row = (yield * get<{ pending: number, next_at: number | null, due_at: number | null }>(PENDING))!
  const next = Math.min(row.next_at ?? Infinity, row.due_at ?? Infinity)
  if (next === Infinity) return { pending: 0, dueIn: null }
  return { pending: Number(row.pending), dueIn: Math.max(0, next - (yield * storeTime(clock, now))) }
}

function * duePushes ({ now, clock }: ReadContext, limit: number): Steps<DuePush[]> {
  const time = yield * storeTime(clock, now)
  const calls = yield * all<CallRow>(
    `SELECT c.subscription_id, c.seq, c.user_id, c.key, c.since, c.n, n.topic, COALESCE(n.origin_seq, n.seq) AS origin FROM push_calls c LEFT JOIN events n ON n.seq = c.seq
     WHERE c.next_at <= ? ORDER BY c.next_at, c.subscription_id, c.seq LIMIT ?`, time, limit
  )
  const held = yield * all<{ user_id: string, after: number }>('SELECT user_id, after FROM push_held WHERE due_at <= ? ORDER BY due_at, user_id LIMIT ?', time, Math.min(limit, MAX_HELD))
  const due: DuePush[] = []
  const single = calls.filter(({ since }) => since === null)
  for (let from = 0; from < single.length; from += MAX_JUDGED) due.push(...yield * dueAgain(single.slice(from, from + MAX_JUDGED), time))
  for (const { subscription_id: subscriptionId, seq, user_id: userId, since, n } of calls) {
    if (since !== null) due.push({ n, call: { subscriptionId, seq }, userId, since, pushes: yield * summed(userId, { after: since, upTo: seq }, time, subscriptionId) })
  }
  const upTo = held.length > 0 ? yield * reached() : 0
  for (const { user_id: userId, after } of held) due.push({ n: 0, call: null, userId, since: after, pushes: yield * summed(userId, { after, upTo }, time) })
  return due
}

/** SQL for another group by which a user who left one has a notification that was sent to several. */
const OTHER_KEYS = `SELECT d.place, MIN(w.key) AS key FROM ${rowsOf({ place: 'BIGINT', user_id: 'TEXT', origin: 'BIGINT', key: 'TEXT' })} AS d
  JOIN memberships w ON w.user_id = d.user_id AND w.to_seq IS NULL AND w.key <> d.key
  WHERE (SELECT k.seq FROM event_keys k WHERE k.key = w.key AND k.class IN (${INDEX_CLASS.several}, ${INDEX_CLASS.late}) AND k.seq = d.origin LIMIT 1) IS NOT NULL
    AND ${hasIt('w.from_seq', 'd.origin', 'w.key')} GROUP BY d.place`

function * dueAgain (calls: CallRow[], now: number): Steps<DuePush[]> {
  const candidates = calls.map(({ seq, origin, topic, user_id: userId, key, subscription_id: subscriptionId }): Candidate => ({ seq, origin: origin ?? seq, topic, userId, key, subscriptionId }))
  // What expired while it was refused has failed, but what was read by then has not.
  const pushes = yield * judge(candidates, now, { withExpired: true })
  const left = candidates.flatMap((candidate, place) => isGroupKey(candidate.key) && pushes[place]!.length === 0 ? [{ candidate, place }] : [])
  const others = left.length === 0 ? [] : yield * all<{ place: number, key: string }>(OTHER_KEYS, listOf(left.map(({ candidate: { userId, origin, key }, place }) => [place, userId, origin, key])))
  const found = yield * judge(others.map(({ place, key }) => ({ ...candidates[place]!, key })), now, { withExpired: true })
  for (const [index, { place }] of others.entries()) pushes[place] = found[index]!
  return calls.map(({ subscription_id: subscriptionId, seq, user_id: userId, n }, index) => ({ n, call: { subscriptionId, seq }, userId, since: null, pushes: pushes[index]! }))
}

/** Up to where notifications were pushed, or held: those after it are pushed by themselves. One that is under way may be either, and comes twice rather than never. */
function * reached (): Steps<number> {
  const place = yield * get<{ seq: number, inner_place: string | null }>('SELECT seq, inner_place FROM readers WHERE name = ?', PUSH_READER)
  return place ? place.seq + (place.inner_place === null ? 0 : 1) : 0
}

/** What came for a user after a place and up to another, is unread and is to be pushed, the oldest first: of more than `MAX_SUMMED` notifications, the newest and one more. */
function * summed (userId: string, { after, upTo }: { after: number, upTo: number }, now: number, subscriptionId?: string): Steps<Push[]> {
  const found: Push[][] = []
  for (let before = upTo + 1, more = true; more && found.length <= MAX_SUMMED;) {
    const page = yield * searchEntries({ now }, userId, { limit: MAX_JUDGED, unread: true, before })
    const fresh = page.entries.filter(({ seq }) => seq > after)
    const candidates = fresh.flatMap(({ seq, key, body }): Candidate[] => {
      const { data: { topic = null } = {} } = JSON.parse(body) as { data?: { topic?: string | null } }
      return key === null ? [] : [{ seq, origin: seq, key, userId, topic, ...(subscriptionId === undefined ? {} : { subscriptionId }) }]
    })
    // However many others came, they do not take the place of what the user wants.
    found.push(...(yield * judge(candidates, now)).filter(([push]) => push && isWanted(push)))
    more = page.more && fresh.length === page.entries.length
    before = page.entries.at(-1)?.seq ?? 0
  }
  return found.slice(0, MAX_SUMMED + 1).reverse().flat()
}

function isWanted ({ settings, notification: { topic } }: Push): boolean {
  return choose('push', levelsOf(settings, topic)).value !== 'off'
}

/** Removes what ended before `since`; how many. */
export function * forgetPushes (since: number, floor: number, limit: number): Steps<number> {
  const calls = yield * all(
    `DELETE FROM push_calls WHERE (subscription_id, seq) IN (
       SELECT subscription_id, seq FROM push_calls WHERE next_at IS NULL AND at < ? ORDER BY at LIMIT ?) RETURNING 1 AS gone`, since, limit
  )
  const receipts = yield * all(
    `DELETE FROM push_receipts WHERE (subscription_id, seq, state) IN (
       SELECT subscription_id, seq, state FROM push_receipts WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone`, floor, limit
  )
  const pushed = yield * all('DELETE FROM pushed WHERE (user_id, seq) IN (SELECT user_id, seq FROM pushed WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone', floor, limit)
  return calls.length + receipts.length + pushed.length
}

export const reads = { pendingPushes } satisfies Reads
export const longs = { duePushes } satisfies Longs
