import { all, get, listOf, rowsOf, run, type Steps } from '../query.ts'
import type { EventKind } from '../../log/event.ts'
import { removeFromIndex } from './batch.ts'
import { believable } from './times/believable.ts'
import type { WriteContext, Writes } from './context.ts'
import { forgetKeyBlocks } from './key-blocks.ts'
import { forgetDemands } from './receipts/demands.ts'
import { forgetPushes } from './pushes/due.ts'
import { forgetCalls } from './readers/readers.ts'
import { forgetDeliveries } from './receipts/deliveries.ts'
import { forgetBlocks } from './sent/blocks.ts'
import { noteTimes } from './times/order.ts'

/** The most audience keys that one commit removes; a single event may have more. */
const MAX_KEYS = 2_000
/** How many of the oldest events are compared to find those stamped by a wrong clock. */
const LOOKAHEAD = 1_000

/** Removes the oldest events and raises the floor; returns how many were removed. */
function * retain ({ at }: WriteContext, since: number, limit: number): Steps<number> {
  const oldest = yield * all<{ seq: number, at: number, kind: EventKind, keys: string }>('SELECT seq, at, kind, keys FROM events ORDER BY seq LIMIT ?', limit)
  // Events are removed in log order up to the first that stays, so the remaining log has no gap.
  const last = oldest.every(event => event.at < since) ? Infinity : yield * lastOldSeq(since, at)
  const removed = firstWithinMaxKeys(oldest.filter(({ seq }) => seq <= last))
  const floor = removed.at(-1)?.seq
  if (floor === undefined) return 0
  yield * removeFromIndex(removed.flatMap(({ seq, kind, keys }) => keys.map(key => ({ key, kind, seq }))))
  yield * run('DELETE FROM events WHERE seq <= ?', floor)
  yield * forgetBlocks(floor)
  yield * forgetKeyBlocks(floor)
  yield * run('UPDATE log SET floor = ?', floor)
  return removed.length
}

/** The `seq` of the newest event older than `since`, by believable times; every event before it may be removed too. */
function * lastOldSeq (since: number, now: number): Steps<number> {
  const oldest = yield * all<{ seq: number, at: number }>('SELECT seq, at FROM events ORDER BY seq LIMIT ?', LOOKAHEAD)
  return believable(oldest, now).findLast(event => event.at < since)?.seq ?? 0
}

/** The first events whose keys number at most `MAX_KEYS`, but one event at least. */
function firstWithinMaxKeys<E extends { keys: string }> (events: E[]): (Omit<E, 'keys'> & { keys: string[] })[] {
  let room = MAX_KEYS
  const parsed = events.map(event => ({ ...event, keys: JSON.parse(event.keys) as string[] }))
  const end = parsed.findIndex(({ keys }) => (room -= keys.length) < 0)
  return end === -1 ? parsed : parsed.slice(0, Math.max(1, end))
}

/** How long a plan that is no longer planned, and a reader's call that has ended, is kept, milliseconds. */
const ENDED_MS = 30 * 86_400_000

/** Removes marks on removed events, memberships that ended before the events that are kept, expired tickets and sessions, and old plans, and looks at the times of new events; returns how many rows were removed, or more than 0 if there is more to do. */
function * tidy ({ at }: WriteContext, limit: number, acknowledgedBefore = -Infinity): Steps<number> {
  const { floor } = (yield * get<{ floor: number }>('SELECT floor FROM log'))!
  const tickets = yield * all('DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING 1 AS gone', at, limit)
  const sessions = yield * all<{ id: string }>('DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING id', at, limit)
  if (sessions.length > 0) {
    yield * run(`DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, listOf(sessions.map(({ id }) => [id])))
  }
  const marks = yield * all(
    'DELETE FROM marks WHERE (user_id, seq) IN (SELECT user_id, seq FROM marks WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone', floor, limit
  )
  const through = yield * all(
    `DELETE FROM read_through WHERE (user_id, topic, seq) IN (SELECT user_id, topic, seq FROM read_through WHERE seq <= ? ORDER BY seq LIMIT ?)
     RETURNING 1 AS gone`, floor, limit
  )
  const ended = yield * all(
    `DELETE FROM memberships WHERE (user_id, key, from_seq) IN (
       SELECT user_id, key, from_seq FROM memberships WHERE to_seq IS NOT NULL AND to_seq <= ? ORDER BY to_seq LIMIT ?)
     RETURNING 1 AS gone`, floor, limit
  )
  const plans = yield * all(
    'DELETE FROM plans WHERE number IN (SELECT number FROM plans WHERE ended_at <= ? ORDER BY ended_at LIMIT ?) RETURNING 1 AS gone', at - ENDED_MS, limit
  )
  const calls = (yield * forgetCalls(at - ENDED_MS, limit)) + (yield * forgetPushes(at - ENDED_MS, floor, limit))
  const acts = yield * all(
    'DELETE FROM acts WHERE (user_id, seq) IN (SELECT user_id, seq FROM acts WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone', floor, limit
  )
  const settings = yield * all(
    `DELETE FROM topic_settings WHERE (scope, topic, from_seq) IN (
       SELECT scope, topic, from_seq FROM topic_settings WHERE to_seq IS NOT NULL AND to_seq <= ? ORDER BY to_seq LIMIT ?)
     RETURNING 1 AS gone`, floor, limit
  )
  const seen = yield * all('DELETE FROM seen_through WHERE (user_id, seq) IN (SELECT user_id, seq FROM seen_through WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone', floor, limit)
  const deliveries = yield * forgetDeliveries(floor, limit)
  const counts = yield * all(
    `DELETE FROM muted_counts WHERE (user_id, key, from_seq, topic) IN (
       SELECT user_id, key, from_seq, topic FROM muted_counts WHERE to_seq <= ? ORDER BY to_seq LIMIT ?) RETURNING 1 AS gone`, floor, limit
  )
  const mailed = yield * all('DELETE FROM mailed WHERE (user_id, seq) IN (SELECT user_id, seq FROM mailed WHERE seq <= ? ORDER BY seq LIMIT ?) RETURNING 1 AS gone', floor, limit)
  const demands = acknowledgedBefore === -Infinity ? 0 : yield * forgetDemands(acknowledgedBefore, floor, limit)
  const isMore = yield * noteTimes()
  return Number(isMore) + mailed.length + demands + calls + tickets.length + sessions.length + marks.length + acts.length + seen.length + deliveries + through.length + ended.length + plans.length + settings.length + counts.length
}

export const writes = { retain, tidy } satisfies Writes
