import type { NewSession, NewTicket, RefreshResult, Rotation, Ticket } from '../credentials.ts'
import { problem } from '../../errors.ts'
import { all, get, run, type Steps } from '../query.ts'
import { actorNow } from './actor.ts'
import { append, appendControls, type Batch } from './batch.ts'
import { memberRow, toRecord } from './member.ts'

/** For whoever gave the right password, if it still is the one that was verified. */
export function * openSession ({ id, userId, verifiedHash, refreshHash, expiresAt }: NewSession, at: number): Steps<void> {
  const user = yield * memberRow(userId)
  if (!user || (verifiedHash !== undefined && user.password_hash !== verifiedHash)) throw problem('BLF_BAD_CREDENTIALS')
  yield * run('INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)', id, userId, at, expiresAt)
  yield * run('INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)', refreshHash, id)
}

export function * refresh (batch: Batch, { hash, nextHash, expiresAt }: Rotation, at: number): Steps<RefreshResult> {
  const found = yield * get<{ session_id: string, used_at: number | null, user_id: string, expires_at: number }>(
    `SELECT t.session_id, t.used_at, s.user_id, s.expires_at FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
     WHERE t.hash = ? AND s.revoked_at IS NULL`, hash
  )
  if (!found) return { outcome: 'refused' }
  const { session_id: sessionId } = found
  if (found.used_at !== null) {
    // Two hold the same token, and one of them stole it: RFC 9700 §4.14.2.
    yield * revokeSession(batch, sessionId, at)
    return { outcome: 'reused' }
  }
  const user = yield * memberRow(found.user_id)
  if (!user || found.expires_at <= at) return { outcome: 'refused' }
  yield * run('UPDATE refresh_tokens SET used_at = ? WHERE hash = ?', at, hash)
  yield * run('INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)', nextHash, sessionId)
  yield * run('UPDATE sessions SET expires_at = ? WHERE id = ?', expiresAt, sessionId)
  return { outcome: 'rotated', sessionId, user: toRecord(user) }
}

export function * revokeSession (batch: Batch, id: string, at: number): Steps<void> {
  const revoked = yield * get<{ user_id: string }>(
    'UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING user_id', at, id
  )
  if (!revoked) return
  yield * append(batch, { kind: 'session.revoked', keys: [], at, body: JSON.stringify({ id, user_id: revoked.user_id }) })
}

/** Ends every session of a user but one: two statements, however many they are. */
export function * revokeSessionsOf (batch: Batch, userId: string, keep: string | null, at: number): Steps<void> {
  const revoked = yield * all<{ id: string }>(
    'UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND id <> ? RETURNING id', at, userId, keep ?? ''
  )
  yield * appendControls(batch, revoked.map(({ id }) => ({ kind: 'session.revoked', at, body: JSON.stringify({ id, user_id: userId }) })))
}

export function * createTicket (batch: Batch, { ticket }: { ticket: NewTicket }): Steps<void> {
  const { hash, userId, sessionId, tokenExpiresAt, origin, expiresAt } = ticket
  yield * actorNow(batch, { kind: 'user', id: userId, sessionId })
  yield * run(
    'INSERT INTO tickets (hash, user_id, session_id, token_expires_at, origin, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    hash, userId, sessionId, tokenExpiresAt, origin, expiresAt
  )
}

/** A ticket, unless its user or session has ended meanwhile. */
export function * redeemTicket (batch: Batch, { hash, at }: { hash: string, at: number }): Steps<Ticket | undefined> {
  const ticket = yield * get<{ user_id: string, session_id: string | null, token_expires_at: number, origin: string | null, expires_at: number }>(
    'DELETE FROM tickets WHERE hash = ? RETURNING *', hash
  )
  if (!ticket || ticket.expires_at <= at) return undefined
  yield * actorNow(batch, { kind: 'user', id: ticket.user_id, sessionId: ticket.session_id })
  return {
    userId: ticket.user_id, sessionId: ticket.session_id, tokenExpiresAt: ticket.token_expires_at, origin: ticket.origin
  }
}
