import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { mayManageSessions } from '../../../rights/rights.ts'
import type { NewSession, NewTicket, SessionRecord, Ticket } from '../../credentials.ts'
import { all, get, run, type Steps } from '../../query.ts'
import { currentActor } from './actor.ts'
import { append, appendControls, type Batch } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { removeOfSessions, removeUnbound } from '../pushes/subscriptions.ts'
import { memberRow } from './member.ts'

/** The most open sessions of one user; a further login ends the least recently used. */
const MAX_SESSIONS = 50
const MAX_ENDED = 500

/** Opens a session, unless the password has changed since it was verified. */
function * openSession ({ batch, at }: WriteContext, session: NewSession): Steps<void> {
  const { id, userId, verifiedHash, refreshHash, family = null, expiresAt, address = null, userAgent = null, isCookie = false } = session
  const user = yield * memberRow(userId)
  if (!user || (verifiedHash !== undefined && user.password_hash !== verifiedHash)) throw problem('BLF_BAD_CREDENTIALS')
  yield * run(
    'INSERT INTO sessions (id, user_id, created_at, expires_at, last_used_at, address, user_agent, family, password_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    id, userId, at, expiresAt, at, address, userAgent, family, isCookie ? at : null
  )
  yield * run('INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES (?, ?, ?)', refreshHash, id, at)
  const ended = yield * all<{ id: string }>(
    `UPDATE sessions SET revoked_at = ? WHERE id IN (
       SELECT id FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND id <> ? ORDER BY last_used_at DESC, id DESC LIMIT ? OFFSET ?
     ) RETURNING id`, at, userId, id, MAX_ENDED, MAX_SESSIONS - 1
  )
  yield * appendSessionsRevoked(batch, userId, ended, at)
}

/** The open sessions of a user, the most recently used first. */
function * sessions ({ now }: ReadContext, userId: string): Steps<SessionRecord[]> {
  return yield * all<SessionRecord>(
    `SELECT id, created_at AS "createdAt", last_used_at AS "lastUsedAt", address, user_agent AS "userAgent"
     FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY last_used_at DESC, id DESC LIMIT ?`, userId, now, MAX_ENDED
  )
}

function * sessionOfFamily (_context: ReadContext, family: string): Steps<{ id: string, userId: string } | undefined> {
  return yield * get<{ id: string, userId: string }>('SELECT id, user_id AS "userId" FROM sessions WHERE family = ? AND revoked_at IS NULL', family)
}

function * passwordGivenAt (_context: ReadContext, id: string): Steps<number | undefined> {
  return (yield * get<{ at: number | null }>('SELECT password_at AS at FROM sessions WHERE id = ? AND revoked_at IS NULL', id))?.at ?? undefined
}

function * confirmPassword ({ batch, at }: WriteContext, by: ActorRef, verifiedHash: string): Steps<void> {
  yield * currentActor(batch, by)
  if ((yield * memberRow(by.id))?.password_hash !== verifiedHash) throw problem('BLF_WRONG_PASSWORD')
  yield * notePassword(by.sessionId, at)
}

/** Notes when the password of a session was given, if that session is ever asked for it. */
export function * notePassword (sessionId: string | null, at: number): Steps<void> {
  if (sessionId !== null) yield * run('UPDATE sessions SET password_at = ? WHERE id = ? AND password_at IS NOT NULL', at, sessionId)
}

/** Ends a session of the actor, or of a user that the actor manages. */
function * endSession ({ batch, at }: WriteContext, id: string, by: ActorRef): Steps<void> {
  const found = yield * get<{ user_id: string, revoked_at: number | null }>('SELECT user_id, revoked_at FROM sessions WHERE id = ?', id)
  const user = found && (yield * memberRow(found.user_id))
  if (!mayManageSessions(yield * currentActor(batch, by), user)) throw problem('BLF_FORBIDDEN')
  if (found?.revoked_at !== null) throw problem('BLF_SESSION_NOT_FOUND')
  yield * revokeSession({ batch, at }, id)
}

export function * revokeSession ({ batch, at }: WriteContext, id: string): Steps<void> {
  const revoked = yield * get<{ user_id: string }>(
    'UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING user_id', at, id
  )
  if (!revoked) return
  yield * removeOfSessions([id])
  yield * append(batch, { kind: 'session.revoked', keys: [], at, body: JSON.stringify({ id, user_id: revoked.user_id }) })
}

function * revokeSessions ({ batch, at }: WriteContext, userId: string): Steps<void> {
  yield * revokeSessionsOf(batch, userId, null, at)
  yield * removeUnbound(userId)
}

/** Ends every session of a user except `keep`: three statements, however many sessions. */
export function * revokeSessionsOf (batch: Batch, userId: string, keep: string | null, at: number): Steps<void> {
  const revoked = yield * all<{ id: string }>(
    'UPDATE sessions SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL AND id <> ? RETURNING id', at, userId, keep ?? ''
  )
  yield * appendSessionsRevoked(batch, userId, revoked, at)
}

function * appendSessionsRevoked (batch: Batch, userId: string, ended: { id: string }[], at: number): Steps<void> {
  yield * removeOfSessions(ended.map(({ id }) => id))
  yield * appendControls(batch, ended.map(({ id }) => ({ kind: 'session.revoked', at, body: JSON.stringify({ id, user_id: userId }) })))
}

function * createTicket ({ batch }: WriteContext, ticket: NewTicket): Steps<void> {
  const { hash, userId, sessionId, tokenExpiresAt, origin, expiresAt } = ticket
  yield * currentActor(batch, { kind: 'user', id: userId, sessionId })
  yield * run(
    'INSERT INTO tickets (hash, user_id, session_id, token_expires_at, origin, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
    hash, userId, sessionId, tokenExpiresAt, origin, expiresAt
  )
}

/** Removes and returns a ticket. Throws BLF_UNAUTHENTICATED if its user or session has ended. */
function * redeemTicket ({ batch, at }: WriteContext, hash: string): Steps<Ticket | undefined> {
  const ticket = yield * get<{ user_id: string, session_id: string | null, token_expires_at: number, origin: string | null, expires_at: number }>(
    'DELETE FROM tickets WHERE hash = ? RETURNING *', hash
  )
  if (!ticket || ticket.expires_at <= at) return undefined
  yield * currentActor(batch, { kind: 'user', id: ticket.user_id, sessionId: ticket.session_id })
  return {
    userId: ticket.user_id, sessionId: ticket.session_id, tokenExpiresAt: ticket.token_expires_at, origin: ticket.origin
  }
}

export const reads = { sessions, sessionOfFamily, passwordGivenAt } satisfies Reads
export const writes = { openSession, endSession, confirmPassword, revokeSession, revokeSessions, createTicket, redeemTicket } satisfies Writes
