import { audienceKey } from '../../audience.ts'
import type { UserRecord } from '../store.ts'
import { get, type Steps, type Value } from '../query.ts'

export interface UserRow {
  id: string
  username: string | null
  role: string
  company: string | null
  password_hash: string | null
  created_at: number
  created_seq: number
  role_seq: number
  company_seq: number
  direct_seq: number
  claims_iat: number
  deleted_at: number | null
}

/** A key of a member, and the `seq` up to which it is not theirs to see. */
export interface Window { key: string, after: number }

/** Nobody's key: keeps statements in one shape for members without a company. */
const NONE: Window = { key: '', after: 0 }

export const WINDOWS = 5

/** The five keys a user belongs to, each from when the user got it. */
export function windowsOf (user: UserRow): Window[] {
  const { id, role, company } = user
  return [
    { key: audienceKey.user(id), after: user.direct_seq },
    { key: audienceKey.all, after: user.created_seq },
    { key: audienceKey.role(role), after: user.role_seq },
    ...(company === null
      ? [NONE, NONE]
      : [
          { key: audienceKey.company(company), after: user.company_seq },
          { key: audienceKey.companyRole(company, role), after: Math.max(user.company_seq, user.role_seq) }
        ])
  ]
}

/** The same arm for each window, put together: `UNION ALL` of what a statement asks of one key. */
export function overWindows (arm: string): string {
  return Array.from({ length: WINDOWS }, () => `SELECT * FROM (${arm}) AS w`).join(' UNION ALL ')
}

export function paramsOver (windows: Window[], params: (window: Window) => Value[]): Value[] {
  return windows.flatMap(params)
}

export function * memberRow (id: string): Steps<UserRow | undefined> {
  return yield * get<UserRow>('SELECT * FROM users WHERE id = ? AND deleted_at IS NULL', id)
}

export function toRecord (row: UserRow): UserRecord {
  return { id: row.id, username: row.username, role: row.role, company: row.company, createdAt: row.created_at }
}
