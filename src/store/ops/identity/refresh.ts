import type { RefreshResult, Rotation } from '../../credentials.ts'
import { get, run, type Steps } from '../../query.ts'
import type { WriteContext, Writes } from '../context.ts'
import { memberRow, toRecord } from './member.ts'
import { revokeSession } from './sessions.ts'

/** How long a used token may be used again, for another successor: the first response may have been lost, or two tabs refreshed at once. */
const GRACE_MS = 30_000
/** The most unused successors of one token; the oldest are removed. */
const MAX_SUCCESSORS = 10

interface Found { session_id: string, used_at: number | null, parent: string | null, user_id: string, created_at: number, expires_at: number }

/**
 * Rotates a refresh token. The first successor that is used ends its siblings and its parent's grace:
 *
 *     r1 ─┬─ r2 ─── r3    r3 is the successor of r2, which was used first
 *         └─ r2'          ended when r2 was used; if r1 is used again, the session ends (RFC 9700 §4.14.2)
 */
function * refresh ({ batch, at }: WriteContext, rotation: Rotation): Steps<RefreshResult> {
  const { hash, nextHash, expiresAt, lifetime = Number.MAX_SAFE_INTEGER, address = null, userAgent = null } = rotation
  const found = yield * get<Found>(
    `SELECT t.session_id, t.used_at, t.parent, s.user_id, s.created_at, s.expires_at
     FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ? AND s.revoked_at IS NULL`, hash
  )
  if (!found) return { outcome: 'refused' }
  const { session_id: sessionId, used_at: usedAt, parent } = found
  if (usedAt !== null && (at - usedAt >= GRACE_MS || (yield * hasUsedSuccessor(hash)))) {
    yield * revokeSession({ batch, at }, sessionId)
    return { outcome: 'reused' }
  }
  const user = yield * memberRow(found.user_id)
  const endsAt = found.created_at + lifetime
  if (!user || Math.min(found.expires_at, endsAt) <= at) return { outcome: 'refused' }
  if (usedAt === null) {
    yield * run('UPDATE refresh_tokens SET used_at = ? WHERE hash = ?', at, hash)
    if (parent !== null) yield * run('DELETE FROM refresh_tokens WHERE parent = ? AND hash <> ?', parent, hash)
  } else {
    yield * run(
      'DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens WHERE parent = ? ORDER BY issued_at DESC LIMIT 100 OFFSET ?)',
      hash, MAX_SUCCESSORS - 1
    )
  }
  yield * run('INSERT INTO refresh_tokens (hash, session_id, parent, issued_at) VALUES (?, ?, ?, ?)', nextHash, sessionId, hash, at)
  yield * run(
    'UPDATE sessions SET expires_at = ?, last_used_at = ?, address = COALESCE(?, address), user_agent = COALESCE(?, user_agent) WHERE id = ?',
    Math.min(expiresAt, endsAt), at, address, userAgent, sessionId
  )
  return { outcome: 'rotated', sessionId, endsAt, user: toRecord(user) }
}

function * hasUsedSuccessor (hash: string): Steps<boolean> {
  return (yield * get('SELECT 1 AS hit FROM refresh_tokens WHERE parent = ? AND used_at IS NOT NULL', hash)) !== undefined
}

export const writes = { refresh } satisfies Writes
