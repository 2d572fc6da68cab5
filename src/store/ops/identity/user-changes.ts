import type { AppliedClaims, Claims, UserChangeRecord, UserRecord } from '../../store.ts'
import { problem } from '../../../errors.ts'
import { MAX_NAME } from '../../../../schemas/patterns.ts'
import { newestIatBefore } from '../../../rights/skew.ts'
import { isPlatformAdmin, senderOf, type ActorRef } from '../../../rights/principal.ts'
import { may, mayManageUser } from '../../../rights/rights.ts'
import { get, run, type Steps } from '../../query.ts'
import { currentActor, isTrusted } from './actor.ts'
import type { Batch } from '../batch.ts'
import { EXCLUDED } from '../exclude.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { applyGroups, claimedChanges } from '../groups/claims.ts'
import { appendInboxChanged } from '../groups/group.ts'
import { removeMailsOf, setEmail } from '../mail/address.ts'
import { removeSettingsOf } from '../preferences/settings.ts'
import { removePushesOf } from '../pushes/subscriptions.ts'
import { memberRow, toRecord, type UserRow } from './member.ts'
import { closeAllMemberships, moveMemberships } from './memberships.ts'
import { notePassword, revokeSessionsOf } from './sessions.ts'
import { appendUserUpdated, insertUser, isNameTaken, removeTombstone } from './users.ts'

/** Throws BLF_LAST_ADMIN if the user is the only platform admin. */
function * assertNotLastAdmin (row: UserRow): Steps<void> {
  if (!isPlatformAdmin(row)) return
  const other = yield * get(
    "SELECT 1 AS hit FROM users WHERE role = 'admin' AND company IS NULL AND deleted_at IS NULL AND id <> ?", row.id
  )
  if (!other) throw problem('BLF_LAST_ADMIN')
}

/** The user's row, if the actor may manage the user. Only actors who may see all users learn whether another user exists. */
function * manageableUser (batch: Batch, id: string, by: ActorRef | undefined): Steps<UserRow> {
  const row = yield * memberRow(id)
  if (by && !mayManageUser(yield * currentActor(batch, by), row)) throw problem('BLF_FORBIDDEN')
  if (!row) throw problem('BLF_USER_NOT_FOUND')
  return row
}

function * changeUser ({ batch, at }: WriteContext, id: string, change: UserChangeRecord, by?: ActorRef): Steps<UserRecord> {
  const row = yield * manageableUser(batch, id, by)
  const { role = row.role, company = row.company } = change
  if (by && !mayManageUser(yield * currentActor(batch, by), { role, company })) throw problem('BLF_FORBIDDEN')
  const isTaken = row.company !== null && company === null
  if (isTaken && row.role === 'admin' && change.role === undefined) throw problem('BLF_ROLE_NEEDED')
  if (change.passwordHash === undefined && needsNewPassword(row, { role, company })) throw problem('BLF_PASSWORD_NEEDED')
  return yield * applyChange(batch, row, change, { keepSession: null, trusted: yield * isTrusted(batch, by) }, at)
}

/**
 * Whether a change gives a user rights that whoever set the password may not manage. The old password must end then:
 *
 *     a company admin sets bob's password → bob becomes a platform admin → the company admin could log in as bob
 */
function needsNewPassword (row: UserRow, next: Pick<UserRow, 'role' | 'company'>): boolean {
  return row.password_trusted === 0 && (next.company !== row.company || (isPlatformAdmin(next) && !isPlatformAdmin(row)))
}

/**
 * Changes the actor's own password if the verified one is still current. Ends every session but the actor's.
 * The new password is trusted only if the old one was: whoever set that one could have logged in and changed it.
 */
function * changePassword ({ batch, at }: WriteContext, by: ActorRef, verifiedHash: string, passwordHash: string): Steps<UserRecord> {
  if (!may(yield * currentActor(batch, by), 'account.change', { owner: senderOf(by) })) throw problem('BLF_FORBIDDEN')
  const row = (yield * memberRow(by.id))!
  if (row.password_hash !== verifiedHash) throw problem('BLF_WRONG_PASSWORD')
  yield * notePassword(by.sessionId, at)
  return yield * applyChange(batch, row, { passwordHash }, { keepSession: by.sessionId, trusted: row.password_trusted === 1 }, at)
}

/** For a change with a new password: the session that does not end, and whether the new password is trusted. */
interface PasswordTerms { keepSession: string | null, trusted: boolean }

function * applyChange (batch: Batch, row: UserRow, change: UserChangeRecord, how: PasswordTerms, at: number): Steps<UserRecord> {
  const { username = row.username, name = row.name, passwordHash = row.password_hash, role = row.role, company = row.company } = change
  if (username !== null && username !== row.username && (yield * isNameTaken(username, row.id))) throw problem('BLF_USERNAME_TAKEN')
  if (!isPlatformAdmin({ role, company })) yield * assertNotLastAdmin(row)
  // Somebody else may be logged in with the old password.
  if (change.passwordHash !== undefined) yield * revokeSessionsOf(batch, row.id, how.keepSession, at)
  const isStatement = change.role !== undefined || change.company !== undefined
  const claimsIat = isStatement ? Math.max(row.claims_iat, newestIatBefore(at)) : row.claims_iat
  const trusted = change.passwordHash === undefined ? row.password_trusted : Number(how.trusted || passwordHash === null)
  const moved = yield * moveUser(batch, row, { username, name, passwordHash, trusted, role, company, claimsIat }, at)
  if (hasMoved(row, moved)) yield * appendInboxChanged(batch, [row.id], at)
  return toRecord(change.email === undefined ? moved : yield * setEmail(batch, moved, change.email, Math.max(moved.email_iat, newestIatBefore(at)), at))
}

interface Move { username: string | null, name: string | null, passwordHash: string | null, trusted: number, role: string, company: string | null, claimsIat: number }

/** The caller tells the user of a move, after all that changes with it. */
function * moveUser (batch: Batch, row: UserRow, move: Move, at: number): Steps<UserRow> {
  const { username, name, passwordHash, trusted, role, company, claimsIat } = move
  const seq = yield * appendUserUpdated(batch, { id: row.id, role, company }, at)
  const moved = yield * get<UserRow>(
    `UPDATE users SET username = ?, name = ?, password_hash = ?, password_trusted = ?, role = ?, company = ?, claims_iat = ?
     WHERE id = ? RETURNING *`,
    username, name, passwordHash, trusted, role, company, claimsIat, row.id
  )
  if (hasMoved(row, moved!)) yield * moveMemberships(row, moved!, seq, at)
  return moved!
}

function hasMoved (before: Pick<UserRow, 'role' | 'company'>, { role, company }: Pick<UserRow, 'role' | 'company'>): boolean {
  return role !== before.role || company !== before.company
}

/** Leaves a tombstone, by which tokens and notifications of the removed user are told from those of a later user with the same id. */
function * removeUser ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<void> {
  const row = yield * manageableUser(batch, id, by)
  yield * assertNotLastAdmin(row)
  yield * revokeSessionsOf(batch, id, null, at)
  const seq = yield * appendUserUpdated(batch, { id }, at)
  yield * run(
    'UPDATE users SET deleted_at = ?, username = NULL, name = NULL, password_hash = NULL, email = NULL, email_iat = 0, bounces = 0, direct_seq = ?, tokens_after = ? WHERE id = ?',
    at, seq, Math.max(row.claims_iat, newestIatBefore(at)), id
  )
  yield * closeAllMemberships(id, seq)
  // Whoever has the id next is excluded, too, from what excluded the id.
  yield * run(`DELETE FROM marks WHERE user_id = ? AND (deleted_at IS NULL OR deleted_at <> ${EXCLUDED})`, id)
  yield * run('DELETE FROM read_through WHERE user_id = ?', id)
  yield * run('DELETE FROM seen WHERE user_id = ?', id)
  yield * run('DELETE FROM acts WHERE user_id = ?', id)
  yield * run('DELETE FROM tickets WHERE user_id = ?', id)
  yield * removeSettingsOf(id)
  yield * removePushesOf(id)
  yield * removeMailsOf(id)
}

/**
 * Stores what a token says of its user. The newest wins, whether claims or a change made in Belfry: an older one
 * changes nothing; a newer one is recorded even if it says the same. Nobody can be asked for a new password
 * here, so one that `needsNewPassword` is removed, and its sessions end.
 */
function * applyClaims (context: WriteContext, claims: Claims): Steps<AppliedClaims> {
  const { id, groups, email, iat } = claims
  const row = yield * get<UserRow>('SELECT * FROM users WHERE id = ?', id)
  assertNotFormer(row, claims)
  const isKnown = row !== undefined && row.deleted_at === null
  const applied = isKnown ? yield * applyToUser(context, row, claims) : yield * createClaimed(context, row, claims)
  const haveGroupsChanged = groups && !(isKnown && iat <= row.claims_iat) && (yield * applyGroups(context.batch, applied, groups, iat, context.at))
  // Once, whatever of it changed.
  if (haveGroupsChanged || (isKnown && isMove(row, claims))) yield * appendInboxChanged(context.batch, [id], context.at)
  if (email === undefined || iat <= (isKnown ? row.email_iat : 0)) return applied
  yield * setEmail(context.batch, { id, email: isKnown ? row.email : null }, email, iat, context.at)
  return { ...applied, email }
}

function * applyToUser ({ batch, at }: WriteContext, row: UserRow, claims: Claims): Steps<AppliedClaims> {
  const { id, role, company, iat } = claims
  if (!isMove(row, claims)) {
    if (iat > row.claims_iat) yield * run('UPDATE users SET claims_iat = ? WHERE id = ?', iat, id)
    return toRecord(row)
  }
  const isPasswordEnded = needsNewPassword(row, claims)
  if (isPasswordEnded) yield * revokeSessionsOf(batch, id, null, at)
  const [passwordHash, trusted] = isPasswordEnded ? [null, 1] : [row.password_hash, row.password_trusted]
  const moved = yield * moveUser(batch, row, { username: row.username, name: row.name, passwordHash, trusted, role, company, claimsIat: iat }, at)
  return { ...toRecord(moved), ...(isPasswordEnded ? { isPasswordEnded } : {}) }
}

function * createClaimed ({ batch, at }: WriteContext, tombstone: UserRow | undefined, { id, role, company, iat }: Claims): Steps<AppliedClaims> {
  const isName = [...id].length <= MAX_NAME && !(yield * isNameTaken(id, id))
  const former = yield * removeTombstone(tombstone)
  const seq = yield * appendUserUpdated(batch, { id, role, company }, at)
  return toRecord(yield * insertUser({ id, username: isName ? id : null, role, company, passwordHash: null, name: null, email: null, trusted: true, at, seq, ...former, claimsIat: iat }))
}

/** What `applyClaims` would resolve with, for when nothing can be written. Undefined if the user would move or change groups, since that must be stored. */
function * previewClaims ({ now }: ReadContext, claims: Claims): Steps<UserRecord | undefined> {
  const { id, role, company, groups, iat } = claims
  const row = yield * get<UserRow>('SELECT * FROM users WHERE id = ?', id)
  assertNotFormer(row, claims)
  if (!row || row.deleted_at !== null) return { id, username: null, role, company, createdAt: now, tokensAfter: row?.tokens_after ?? 0 }
  if (isMove(row, claims)) return undefined
  if (groups && iat > row.claims_iat) {
    const { join, leave } = yield * claimedChanges(row, groups.names, iat)
    if (join.length > 0 || leave.length > 0) return undefined
  }
  return toRecord(row)
}

function isMove (row: UserRow, { role, company, iat }: Claims): boolean {
  return iat > row.claims_iat && hasMoved(row, { role, company })
}

function assertNotFormer (row: UserRow | undefined, { iat }: Claims): void {
  if (row && iat <= row.tokens_after) throw problem('BLF_UNAUTHENTICATED')
}

export const reads = { previewClaims } satisfies Reads
export const writes = { changeUser, changePassword, removeUser, applyClaims } satisfies Writes
