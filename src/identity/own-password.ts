import { problem } from '../errors.ts'
import type { Principal } from '../rights/principal.ts'
import type { Store } from '../store/store.ts'
import { verifyPassword } from './password.ts'

export interface OwnPasswordDeps {
  store: Pick<Store, 'userByName'>
  limits: { login: (ip: string, username: string) => Promise<void>, refundLogin: (ip: string) => void }
}

/**
 * The stored hash that a principal's own password was verified against. Rate-limited like a login, so that a stolen
 * token cannot be used to guess the password. Throws BLF_WRONG_PASSWORD, also for a user without one, and BLF_FORBIDDEN for API keys.
 */
export async function verifyOwnPassword ({ store, limits }: OwnPasswordDeps, principal: Principal, password: string, ip: string): Promise<string> {
  if (principal.kind !== 'user') throw problem('BLF_FORBIDDEN')
  await limits.login(ip, principal.username ?? principal.id)
  const known = principal.username === null ? undefined : await store.userByName(principal.username)
  // A user whose tokens are minted elsewhere may have no password here.
  const hash = known?.id === principal.id ? known.passwordHash : null
  if (hash === null || !await verifyPassword(password, hash)) throw problem('BLF_WRONG_PASSWORD')
  limits.refundLogin(ip)
  return hash
}
