import { all, run, type Steps } from '../query.ts'
import type { EventKind } from '../store.ts'
import { unlist } from './batch.ts'

/** What retention removes: everything that is older than `since`, `limit` events at the most. */
export interface Retention { since: number, limit: number, at: number }

/** Removes the oldest events and raises the floor; how many went. */
export function * retain ({ since, limit, at }: Retention): Steps<number> {
  yield * run('DELETE FROM tickets WHERE expires_at <= ?', at)
  yield * forgetSessions(at, limit)
  const oldest = yield * all<{ seq: number, at: number, kind: EventKind, keys: string }>(
    'SELECT seq, at, kind, keys FROM events ORDER BY seq LIMIT ?', limit
  )
  // In log order up to the first that stays: what is kept has no holes.
  const stays = oldest.findIndex(event => event.at >= since)
  const gone = stays === -1 ? oldest : oldest.slice(0, stays)
  const last = gone.at(-1)
  if (!last) return 0
  for (const { keys, ...event } of gone) yield * unlist({ ...event, keys: JSON.parse(keys) as string[] })
  yield * run('DELETE FROM events WHERE seq <= ?', last.seq)
  yield * run('DELETE FROM marks WHERE seq <= ?', last.seq)
  yield * run('DELETE FROM read_through WHERE seq <= ?', last.seq)
  yield * run('UPDATE log SET floor = ?', last.seq)
  return gone.length
}

function * forgetSessions (at: number, limit: number): Steps<void> {
  const expired = yield * all<{ id: string }>('SELECT id FROM sessions WHERE expires_at <= ? LIMIT ?', at, limit)
  for (const { id } of expired) {
    yield * run('DELETE FROM refresh_tokens WHERE session_id = ?', id)
    yield * run('DELETE FROM sessions WHERE id = ?', id)
  }
}
