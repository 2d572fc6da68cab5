import { audienceKey, type Membership } from '../../../log/audience.ts'
import type { UserRecord } from '../../store.ts'
import { get, type Steps, type Value } from '../../query.ts'

export interface UserRow {
  id: string
  username: string | null
  role: string
  company: string | null
  password_hash: string | null
  /** 1 if the password was set by somebody who may give its user any role and company, or if there is none; else 0. */
  password_trusted: number
  created_at: number
  created_seq: number
  role_seq: number
  company_seq: number
  direct_seq: number
  /** Of the newest statement about where the user stands; ours count as later than they are (`identity/skew.ts`). Seconds. */
  claims_iat: number
  /** Tokens up to this `iat` are of somebody who had the id before. Seconds. */
  tokens_after: number
  deleted_at: number | null
}

/** A key of a member, and the `seq` up to which it is not theirs to see. */
export interface Window { key: string, after: number }

/** Nobody's key: keeps statements in one shape for members without a company. */
const NOBODY = ''

/** The five keys a member belongs to: its own, everybody's, its role's, its company's, its role's in its company. */
export function keysOfMember ({ id, role, company }: Membership): string[] {
  return [
    audienceKey.user(id),
    audienceKey.all,
    audienceKey.role(role),
    company === null ? NOBODY : audienceKey.company(company),
    company === null ? NOBODY : audienceKey.companyRole(company, role)
  ]
}

/** SQL for what each of these keys is a member's after, in the same order, of a row of users (u). */
export const AFTER = [
  'u.direct_seq', 'u.created_seq', 'u.role_seq', 'u.company_seq', '(CASE WHEN u.company_seq > u.role_seq THEN u.company_seq ELSE u.role_seq END)'
] as const

/** The same keys, each from when the user got it. */
export function windowsOf (user: UserRow): Window[] {
  const after = [user.direct_seq, user.created_seq, user.role_seq, user.company_seq, Math.max(user.company_seq, user.role_seq)]
  return keysOfMember(user).map((key, index) => ({ key, after: after[index]! }))
}

/** The same arm for each window, put together: `UNION ALL` of what a statement asks of one key. */
export function overWindows (arm: string): string {
  return AFTER.map(() => `SELECT * FROM (${arm}) AS w`).join(' UNION ALL ')
}

export function paramsOver (windows: Window[], params: (window: Window) => Value[]): Value[] {
  return windows.flatMap(params)
}

export function * memberRow (id: string): Steps<UserRow | undefined> {
  return yield * get<UserRow>('SELECT * FROM users WHERE id = ? AND deleted_at IS NULL', id)
}

export function toRecord (row: UserRow): UserRecord {
  return { id: row.id, username: row.username, role: row.role, company: row.company, createdAt: row.created_at, tokensAfter: row.tokens_after }
}
