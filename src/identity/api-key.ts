import { problem } from '../errors.ts'
import { parseTimestamp } from '../protocol/timestamp.ts'
import type { NewKey } from '../../schemas/identity/key.ts'
import type { NewKey as NewKeyRecord } from '../store/credentials.ts'
import { newId } from './ids.ts'

/** Converts a request for a new API key (over REST or from the command line) to the store's record. Throws BLF_VALIDATION if `expires_at` is not a valid time or is in the past. */
export function toNewKey ({ name, scopes, rate_limit: rateLimit, expires_at: end }: NewKey, hash: string): NewKeyRecord {
  const expiresAt = end === undefined ? null : parseTimestamp(end)
  if (expiresAt === undefined) throw problem('BLF_VALIDATION', undefined, [{ path: '/expires_at', message: 'must be a date and time that exists' }])
  if (expiresAt !== null && expiresAt <= Date.now()) {
    throw problem('BLF_VALIDATION', undefined, [{ path: '/expires_at', message: 'must be in the future' }])
  }
  return { id: newId(), name, scopes, hash, rateLimit: rateLimit ?? null, expiresAt }
}
