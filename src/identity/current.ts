import { problem } from '../errors.ts'
import type { Directory } from './directory.ts'
import { toUserPrincipal, type Principal } from '../rights/principal.ts'

/**
 * The principal with its current role and company: those of a user may have changed since its socket was
 * authenticated, the scopes of a key never change. Throws BLF_UNAUTHENTICATED if the user was removed.
 */
export async function currentPrincipal (directory: Pick<Directory, 'user'>, principal: Principal): Promise<Principal> {
  if (principal.kind === 'key') return principal
  const user = await directory.user(principal.id)
  if (!user) throw problem('BLF_UNAUTHENTICATED')
  return toUserPrincipal(user, principal.expiresAt, principal.sessionId)
}

/** Throws BLF_UNAUTHENTICATED if the principal's session has ended or its key was revoked. */
export async function assertNotRevoked (directory: Pick<Directory, 'isSessionOpen' | 'keyByHash'>, principal: Principal): Promise<void> {
  const isActive = principal.kind === 'key'
    ? await directory.keyByHash(principal.hash) !== undefined
    : principal.sessionId === undefined || await directory.isSessionOpen(principal.sessionId)
  if (!isActive) throw problem('BLF_UNAUTHENTICATED')
}
