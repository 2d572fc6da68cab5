import { problem } from '../errors.ts'
import type { Directory } from './directory.ts'
import { toUserPrincipal, type Principal } from './principal.ts'

/**
 * A principal as it is now: what a key may do never changes, a user may have moved since its token
 * was judged. Throws BLF_UNAUTHENTICATED if the user was removed.
 */
export async function currentPrincipal (directory: Pick<Directory, 'user'>, principal: Principal): Promise<Principal> {
  if (principal.kind === 'key') return principal
  const user = await directory.user(principal.id)
  if (!user) throw problem('BLF_UNAUTHENTICATED')
  return toUserPrincipal(user, principal.expiresAt, principal.sessionId)
}

/** Throws BLF_UNAUTHENTICATED if the session or the key of a principal has ended. */
export async function assertNotRevoked (directory: Pick<Directory, 'isSessionOpen' | 'keyByHash'>, principal: Principal): Promise<void> {
  const isGood = principal.kind === 'key'
    ? await directory.keyByHash(principal.hash) !== undefined
    : principal.sessionId === undefined || await directory.isSessionOpen(principal.sessionId)
  if (!isGood) throw problem('BLF_UNAUTHENTICATED')
}
