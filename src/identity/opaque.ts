import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32
export const KEY_PREFIX = 'blf_'

/** A refresh token, ticket or API key: 256 random bits, of which only a hash is kept. */
export function newSecret (prefix = ''): { secret: string, hash: string } {
  const secret = prefix + randomBytes(BYTES).toString('base64url')
  return { secret, hash: hashSecret(secret) }
}

/** SHA-256 is enough: what is hashed cannot be guessed. */
export function hashSecret (secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
