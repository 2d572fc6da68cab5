import type { Audience } from '../../notification/audience.ts'
import type { NewUserRecord, UserCredentials, UserRecord } from '../store.ts'
import { problem } from '../../errors.ts'
import { all, get, type Steps, type Value } from '../query.ts'
import { append, type Batch } from './batch.ts'
import { memberRow, toRecord, type UserRow } from './member.ts'

/** Tells every node that a user is other than it was; `role` is absent for a removed one. */
export function * announce (batch: Batch, user: { id: string, role?: string, company?: string | null }, at: number): Steps<number> {
  const { id, role, company } = user
  return (yield * append(batch, { kind: 'user.updated', keys: [], at, body: JSON.stringify({ id, role, company }) })).seq
}

export function * user (id: string): Steps<UserRecord | undefined> {
  const row = yield * memberRow(id)
  return row && toRecord(row)
}

export function * userByName (username: string): Steps<UserCredentials | undefined> {
  const row = yield * get<UserRow>('SELECT * FROM users WHERE username = ?', username)
  return row && { ...toRecord(row), passwordHash: row.password_hash }
}

export function * users ({ after = '', limit, company }: { after?: string, limit: number, company?: string }): Steps<UserRecord[]> {
  const ofCompany = company === undefined ? '' : 'AND company = ?'
  const rows = yield * all<UserRow>(
    `SELECT * FROM users WHERE id > ? AND deleted_at IS NULL ${ofCompany} ORDER BY id LIMIT ?`,
    after, ...(company === undefined ? [] : [company]), limit
  )
  return rows.map(toRecord)
}

export function * countUsersEver (): Steps<number> {
  return (yield * get<{ c: number }>('SELECT count(*) AS c FROM users'))!.c
}

export function * countAudience ({ users, companies, roles }: Audience): Steps<number> {
  if (users) return new Set(users).size
  const conditions = ['deleted_at IS NULL']
  const params: Value[] = []
  for (const [column, names] of [['company', companies], ['role', roles]] as const) {
    if (!names) continue
    conditions.push(`${column} IN (${names.map(() => '?').join()})`)
    params.push(...names)
  }
  return (yield * get<{ c: number }>(`SELECT count(*) AS c FROM users WHERE ${conditions.join(' AND ')}`, ...params))!.c
}

export function * createUser (batch: Batch, { id, username, role, company, passwordHash }: NewUserRecord, at: number): Steps<UserRecord> {
  if (yield * isNameTaken(username)) throw problem('BLF_USERNAME_TAKEN')
  const seq = yield * announce(batch, { id, role, company }, at)
  return toRecord(yield * insertUser({ id, username, role, company, passwordHash, at, seq, directSeq: 0, claimsIat: 0 }))
}

export function * isNameTaken (username: string): Steps<boolean> {
  return (yield * get('SELECT 1 AS hit FROM users WHERE username = ?', username)) !== undefined
}

interface NewRow extends Omit<NewUserRecord, 'username'> {
  username: string | null
  at: number
  seq: number
  directSeq: number
  claimsIat: number
}

export function * insertUser (row: NewRow): Steps<UserRow> {
  const inserted = yield * get<UserRow>(
    `INSERT INTO users (id, username, role, company, password_hash, created_at, created_seq, role_seq, company_seq, direct_seq, claims_iat)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    row.id, row.username, row.role, row.company, row.passwordHash, row.at, row.seq, row.seq, row.seq, row.directSeq, row.claimsIat
  )
  return inserted!
}
