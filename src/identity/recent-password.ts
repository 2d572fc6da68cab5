import { problem } from '../errors.ts'
import type { Principal } from '../rights/principal.ts'
import type { Store } from '../store/store.ts'

/** How long a given password counts, milliseconds. */
const COUNTS_MS = 600_000

/**
 * Throws BLF_REAUTHENTICATE if the principal's session is one of a browser's cookie and its password was given too long
 * ago. The store is read each time: the password may have been given at another node.
 */
export async function assertRecentPassword (store: Pick<Store, 'passwordGivenAt'>, principal: Principal): Promise<void> {
  if (principal.kind !== 'user' || principal.sessionId === undefined) return
  const givenAt = await store.passwordGivenAt(principal.sessionId)
  if (givenAt !== undefined && Date.now() - givenAt > COUNTS_MS) throw problem('BLF_REAUTHENTICATE')
}
