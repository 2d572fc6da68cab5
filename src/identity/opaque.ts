import { createHash, randomBytes } from 'node:crypto'

const BYTES = 32

/** Makes a ticket or API key: 256 random bits, of which only the hash is stored. */
export function newSecret (prefix = ''): { secret: string, hash: string } {
  const secret = prefix + randomBytes(BYTES).toString('base64url')
  return { secret, hash: hashSecret(secret) }
}

/** The hash that the store keeps. A fast one is enough: 256 random bits cannot be guessed, unlike a password. */
export function hashSecret (secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

const SEPARATOR = '.'

/** The hashes of a refresh token and of what it has in common with all others of its session, `<family>.<secret>`. Tokens of older sessions have no family. */
export interface RefreshHashes { hash: string, family: string | null }

export function hashRefreshToken (token: string): RefreshHashes {
  const family = familyOf(token)
  return { hash: hashSecret(token), family: family === null ? null : hashSecret(family) }
}

/** Makes the first refresh token of a session, or one of the family of another. */
export function newRefreshToken (previous?: string): RefreshHashes & { token: string } {
  const family = previous === undefined ? newSecret().secret : familyOf(previous)
  const token = [...(family === null ? [] : [family]), newSecret().secret].join(SEPARATOR)
  return { token, ...hashRefreshToken(token) }
}

function familyOf (token: string): string | null {
  const end = token.indexOf(SEPARATOR)
  return end === -1 ? null : token.slice(0, end)
}
