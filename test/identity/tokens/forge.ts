import { createHmac, sign, type KeyObject } from 'node:crypto'
import { SECRET } from '../../helper.ts'

export const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value), Buffer.isBuffer(value) ? 'latin1' : 'utf8').toString('base64url')

/** The claims of a good token of bob's, for spoiling. */
export function claims (overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return { sub: 'bob', role: 'user', company: 'company_a', iss: 'belfry', aud: 'belfry', iat: now, exp: now + 900, ...overrides }
}

/** A token of any header and payload with a good HMAC, which no library would sign. */
export function forge (payload: unknown, header: Record<string, unknown> = {}, key: string | Buffer = SECRET): string {
  const input = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode(payload)}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

/** A token signed with a private key. */
export function signWith (key: KeyObject, alg: string, payload: unknown, header: Record<string, unknown> = {}): string {
  const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(payload)}`
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  return `${input}.${sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...(alg.startsWith('PS') ? { padding: 6, saltLength: 32 } : {}) }).toString('base64url')}`
}
