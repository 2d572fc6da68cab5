import { audienceKey, type Membership } from '../../../log/audience.ts'
import type { UserRecord } from '../../store.ts'
import { get, type Steps, type Value } from '../../query.ts'

export interface UserRow {
  id: string
  username: string | null
  role: string
  company: string | null
  password_hash: string | null
  /** 1 if the password was set by somebody who may give the user any role and company, or if there is no password; else 0. */
  password_trusted: number
  created_at: number
  created_seq: number
  role_seq: number
  company_seq: number
  direct_seq: number
  /** `iat` of the newest claims about the user's role and company, in seconds; Belfry's own changes count as later than they are (`rights/skew.ts`). */
  claims_iat: number
  /** Tokens up to this `iat`, in seconds, are a former user's with the same id. */
  tokens_after: number
  deleted_at: number | null
}

/** One of a member's keys, and the `seq` after which its events are visible to the member. */
export interface Window { key: string, after: number }

/** A key that addresses nobody: members without a company still have five keys, so statements need no variant. */
const NOBODY = ''

/** The five keys that address a member: the user's, everybody's, the role's, the company's, the role's in the company. */
export function keysOfMember ({ id, role, company }: Membership): string[] {
  return [
    audienceKey.user(id),
    audienceKey.all,
    audienceKey.role(role),
    company === null ? NOBODY : audienceKey.company(company),
    company === null ? NOBODY : audienceKey.companyRole(company, role)
  ]
}

/** SQL for the `seq` after which each of these keys is visible, in the same order, from a row of users (u). */
export const VISIBLE_AFTER = [
  'u.direct_seq', 'u.created_seq', 'u.role_seq', 'u.company_seq', '(CASE WHEN u.company_seq > u.role_seq THEN u.company_seq ELSE u.role_seq END)'
] as const

/** The member's keys, each with the `seq` at which the user got it. */
export function windowsOf (user: UserRow): Window[] {
  const after = [user.direct_seq, user.created_seq, user.role_seq, user.company_seq, Math.max(user.company_seq, user.role_seq)]
  return keysOfMember(user).map((key, index) => ({ key, after: after[index]! }))
}

/** SQL that joins one `arm`, a query for one key, with `UNION ALL` for each of the five windows. */
export function unionOverWindows (arm: string): string {
  return VISIBLE_AFTER.map(() => `SELECT * FROM (${arm}) AS w`).join(' UNION ALL ')
}

/** The parameters of `unionOverWindows`. */
export function windowParams (windows: Window[], params: (window: Window) => Value[]): Value[] {
  return windows.flatMap(params)
}

export function * memberRow (id: string): Steps<UserRow | undefined> {
  return yield * get<UserRow>('SELECT * FROM users WHERE id = ? AND deleted_at IS NULL', id)
}

export function toRecord (row: UserRow): UserRecord {
  return { id: row.id, username: row.username, role: row.role, company: row.company, createdAt: row.created_at, tokensAfter: row.tokens_after }
}
