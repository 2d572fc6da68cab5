import { audienceKey } from '../../../log/audience.ts'
import type { UserRecord } from '../../store.ts'
import { NO_SEQ } from '../index-class.ts'
import { MUTES, mutesFlag } from '../preferences/may-mute.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'

export interface UserRow {
  id: string
  username: string | null
  role: string
  company: string | null
  password_hash: string | null
  /** 1 if the password was set by somebody who may give the user any role and company, or if there is no password; else 0. */
  password_trusted: number
  created_at: number
  /** Up to this `seq`, what was sent to or by this id is a former user's; 0 if there was none. */
  direct_seq: number
  /** `iat` of the newest claims about the user's role and company, in seconds; Belfry's own changes count as later than they are (`rights/skew.ts`). */
  claims_iat: number
  /** Tokens up to this `iat`, in seconds, are a former user's with the same id. */
  tokens_after: number
  deleted_at: number | null
  name: string | null
  email: string | null
  /** As `claims_iat`, of the newest statement about `email`. */
  email_iat: number
}

/** One of a member's keys, and the `seq` after which its events are visible to the member. */
export interface Window { key: string, after: number }

/** SQL for the open memberships (w) of a user (u) who exists: ids that nobody has yet may be members of groups. Parameter: the user's id. */
export const OPEN_MEMBERSHIPS = 'users u CROSS JOIN memberships w WHERE u.id = ? AND u.deleted_at IS NULL AND w.user_id = u.id AND w.to_seq IS NULL'

/**
 * A user's keys, each with the `seq` at which the user got it (none if there is no such user), and which topics may be muted for the user (`MUTES`).
 * Up to the event `muted` the user's own choices muted something; no event reaches `NO_SEQ`, as long as something is.
 */
export function * windowsOf (userId: string): Steps<{ windows: Window[], mutes: number, muted: number }> {
  const rows = yield * all<{ key: string, from_seq: number, mutes: number, muted: number | null }>(
    `SELECT w.key, w.from_seq, ${mutesFlag('?')} AS mutes, (SELECT MAX(COALESCE(o.to_seq, ${NO_SEQ})) FROM topic_settings o WHERE o.scope = ? AND o.inbox = 0) AS muted
     FROM ${OPEN_MEMBERSHIPS} ORDER BY w.key`, userId, userId, audienceKey.user(userId), userId
  )
  return { windows: rows.map(({ key, from_seq: after }) => ({ key, after })), mutes: rows[0]?.mutes ?? MUTES.none, muted: rows[0]?.muted ?? 0 }
}

/** `windowsOf` for several users, in their order. */
export function * windowsOfEach (userIds: string[]): Steps<Window[][]> {
  const rows = yield * all<{ user_id: string, key: string, from_seq: number }>(
    `SELECT w.user_id, w.key, w.from_seq FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN users u ON u.id = d.id AND u.deleted_at IS NULL
     JOIN memberships w ON w.user_id = u.id AND w.to_seq IS NULL`, listOf([...new Set(userIds)].map(id => [id]))
  )
  const windows = new Map<string, Window[]>(userIds.map(id => [id, []]))
  for (const { user_id: id, key, from_seq: after } of rows) windows.get(id)!.push({ key, after })
  return userIds.map(id => windows.get(id)!)
}

export function * memberRow (id: string): Steps<UserRow | undefined> {
  return yield * get<UserRow>('SELECT * FROM users WHERE id = ? AND deleted_at IS NULL', id)
}

export function toRecord (row: UserRow): UserRecord {
  const { id, username, name, role, company, email, created_at: createdAt, tokens_after: tokensAfter } = row
  return { id, username, ...(name === null ? {} : { name }), role, company, ...(email === null ? {} : { email }), createdAt, tokensAfter }
}
