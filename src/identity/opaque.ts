import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32
export const KEY_PREFIX = 'blf_'

/** Makes a refresh token, ticket or API key: 256 random bits, of which only the hash is stored. */
export function newSecret (prefix = ''): { secret: string, hash: string } {
  const secret = prefix + randomBytes(BYTES).toString('base64url')
  return { secret, hash: hashSecret(secret) }
}

/** The hash that the store keeps. A fast one is enough: 256 random bits cannot be guessed, unlike a password. */
export function hashSecret (secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
