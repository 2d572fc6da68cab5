import type { RefreshResult, Rotation } from '../../credentials.ts'
import { get, run, type Steps } from '../../query.ts'
import type { WriteContext, Writes } from '../context.ts'
import { memberRow, toRecord } from './member.ts'
import { revokeSession } from './sessions.ts'

/** How long a used token may be used again, for another successor: the first response may have been lost, or two tabs refreshed at once. */
const GRACE_MS = 30_000
/** The most valid successors of one token; a further one ends the oldest. */
const MAX_SUCCESSORS = 10
/** The most tokens of a session that are remembered as ended without having been used. */
const MAX_ENDED = 100

interface Found {
  session_id: string
  used_at: number | null
  ended_at: number | null
  parent: string | null
  user_id: string
  created_at: number
  expires_at: number
  family: string | null
}

/**
 * Rotates a refresh token. The first successor that is used ends its siblings and its parent's grace:
 *
 *     r1 ─┬─ r2 ─── r3    r3 is the successor of r2, which was used first
 *         └─ r2'          ended when r2 was used; if r1 is used again, the session ends (RFC 9700 §4.14.2)
 *
 * r1 needs no row after that: a token of the session's family without a row was used before.
 */
function * refresh ({ batch, at }: WriteContext, rotation: Rotation): Steps<RefreshResult> {
  const { hash, family, nextHash, expiresAt, lifetime = Number.MAX_SAFE_INTEGER, address = null, userAgent = null } = rotation
  const found = yield * get<Found>(
    `SELECT t.session_id, t.used_at, t.ended_at, t.parent, s.user_id, s.created_at, s.expires_at, s.family
     FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ? AND s.revoked_at IS NULL`, hash
  )
  const endSession = function * (id: string): Steps<RefreshResult> {
    yield * revokeSession({ batch, at }, id)
    return { outcome: 'reused' }
  }
  if (!found) {
    const session = family ? yield * get<{ id: string }>('SELECT id FROM sessions WHERE family = ? AND revoked_at IS NULL', family) : undefined
    return session ? yield * endSession(session.id) : { outcome: 'refused' }
  }
  const { session_id: sessionId, used_at: usedAt, ended_at: endedAt, parent } = found
  if (endedAt !== null) return { outcome: 'refused' }
  if (usedAt !== null && (at - usedAt >= GRACE_MS || (yield * hasUsedSuccessor(hash)))) return yield * endSession(sessionId)
  const user = yield * memberRow(found.user_id)
  const endsAt = found.created_at + lifetime
  if (!user || Math.min(found.expires_at, endsAt) <= at) return { outcome: 'refused' }
  if (usedAt !== null) yield * endOldest(hash, at)
  else {
    yield * run('UPDATE refresh_tokens SET used_at = ? WHERE hash = ?', at, hash)
    if (parent !== null) yield * endSiblings(found, parent, hash, at)
  }
  yield * run('INSERT INTO refresh_tokens (hash, session_id, parent, issued_at) VALUES (?, ?, ?, ?)', nextHash, sessionId, hash, at)
  yield * run(
    'UPDATE sessions SET expires_at = ?, last_used_at = ?, address = COALESCE(?, address), user_agent = COALESCE(?, user_agent) WHERE id = ?',
    Math.min(expiresAt, endsAt), at, address, userAgent, sessionId
  )
  return { outcome: 'rotated', sessionId, endsAt, user: toRecord(user) }
}

/** Ends the oldest successors of a token that is used again, so that with the next one there are `MAX_SUCCESSORS`. */
function * endOldest (hash: string, at: number): Steps<void> {
  yield * run(
    `UPDATE refresh_tokens SET ended_at = ? WHERE hash IN (
       SELECT hash FROM refresh_tokens WHERE parent = ? AND ended_at IS NULL ORDER BY issued_at DESC LIMIT 100 OFFSET ?
     )`, at, hash, MAX_SUCCESSORS - 1
  )
}

/** Ends the other successors of a token when one of them is used, and removes what need not be remembered. */
function * endSiblings ({ session_id: sessionId, family }: Found, parent: string, used: string, at: number): Steps<void> {
  yield * run('UPDATE refresh_tokens SET ended_at = ? WHERE parent = ? AND hash <> ? AND ended_at IS NULL', at, parent, used)
  if (family !== null) yield * run('DELETE FROM refresh_tokens WHERE hash = ?', parent)
  yield * run(
    `DELETE FROM refresh_tokens WHERE hash IN (
       SELECT hash FROM refresh_tokens WHERE session_id = ? AND ended_at IS NOT NULL ORDER BY ended_at DESC, issued_at DESC LIMIT 100 OFFSET ?
     )`, sessionId, MAX_ENDED
  )
}

function * hasUsedSuccessor (hash: string): Steps<boolean> {
  return (yield * get('SELECT 1 AS hit FROM refresh_tokens WHERE parent = ? AND used_at IS NOT NULL', hash)) !== undefined
}

export const writes = { refresh } satisfies Writes
