import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import type { KeyRecord, NewKey } from '../../credentials.ts'
import { all, get, run, type Steps } from '../../query.ts'
import { assertMay } from './actor.ts'
import { append } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'

interface KeyRow { id: string, name: string, scopes: string, created_at: number, last_used_at: number | null, rate_limit: number | null, expires_at: number | null }

const COLUMNS = 'id, name, scopes, created_at, last_used_at, rate_limit, expires_at'

function * isSessionOpen (_context: ReadContext, id: string): Steps<boolean> {
  return (yield * get('SELECT 1 AS hit FROM sessions WHERE id = ? AND revoked_at IS NULL', id)) !== undefined
}

function * createKey ({ batch, at }: WriteContext, key: NewKey, by?: ActorRef): Steps<KeyRecord> {
  yield * assertMay(batch, by, 'keys.manage')
  const { id, name, hash, scopes, rateLimit = null, expiresAt = null } = key
  const row = yield * get<KeyRow>(
    `INSERT INTO api_keys (id, name, hash, scopes, created_at, rate_limit, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
    id, name, hash, JSON.stringify(scopes), at, rateLimit, expiresAt
  )
  return toKey(row!)
}

function * keyByHash (_context: ReadContext, hash: string): Steps<KeyRecord | undefined> {
  const row = yield * get<KeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE hash = ? AND revoked_at IS NULL`, hash)
  return row && toKey(row)
}

function * keys (): Steps<KeyRecord[]> {
  return (yield * all<KeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE revoked_at IS NULL ORDER BY id`)).map(toKey)
}

function * touchKey ({ at }: WriteContext, id: string): Steps<void> {
  yield * run('UPDATE api_keys SET last_used_at = ? WHERE id = ?', at, id)
}

function * revokeKey ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<void> {
  yield * assertMay(batch, by, 'keys.manage')
  const revoked = yield * get<{ hash: string }>('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING hash', at, id)
  if (!revoked) throw problem('BLF_KEY_NOT_FOUND')
  yield * append(batch, { kind: 'key.revoked', keys: [], at, body: JSON.stringify({ id, hash: revoked.hash }) })
}

function toKey ({ id, name, scopes, ...row }: KeyRow): KeyRecord {
  return { id, name, scopes: JSON.parse(scopes), createdAt: row.created_at, lastUsedAt: row.last_used_at, rateLimit: row.rate_limit, expiresAt: row.expires_at }
}

export const reads = { isSessionOpen, keyByHash, keys } satisfies Reads
export const writes = { createKey, touchKey, revokeKey } satisfies Writes
