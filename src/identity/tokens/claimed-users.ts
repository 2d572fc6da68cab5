import QuickLRU from 'quick-lru'
import { isBelfryError } from '../../errors.ts'
import { formatSeconds, type Claims } from './claims.ts'
import type { Directory } from '../directory.ts'
import { refused } from '../refusal.ts'
import type { GroupLimits } from '../../store/groups.ts'
import type { Store, UserRecord } from '../../store/store.ts'

const MAX_USERS = 50_000

/**
 * Applies the claims of tokens minted elsewhere: they create their users and update role, company and groups.
 * The newest claims about a user win; the store keeps their `iat`. Each node writes claims once,
 * when it first sees the token.
 */
export class ClaimedUsers {
  readonly #store: Pick<Store, 'applyClaims' | 'previewClaims'>
  readonly #directory: Directory
  readonly #limits: GroupLimits
  readonly #onPasswordEnded: (id: string) => void
  /** The newest `iat` that this node has written, by user: older tokens need no write. */
  readonly #applied = new QuickLRU<string, number>({ maxSize: MAX_USERS })

  /** `onPasswordEnded` is called with the id of each user whose password was removed because of a new role or company. */
  constructor (store: Pick<Store, 'applyClaims' | 'previewClaims'>, directory: Directory, limits: GroupLimits, onPasswordEnded: (id: string) => void) {
    this.#store = store
    this.#limits = limits
    this.#directory = directory
    this.#onPasswordEnded = onPasswordEnded
  }

  /** The user that the claims name, with its current role and company. Throws BLF_UNAUTHENTICATED if the token belongs to a removed user who had the same id. */
  async userOf ({ sub: id, role, company, groups: names, email, iat: seconds }: Claims): Promise<UserRecord> {
    const iat = Math.floor(seconds)
    const user = await this.#directory.user(id)
    if (user && iat <= user.tokensAfter) throw tooOld(iat, user.tokensAfter)
    if (iat <= (this.#applied.get(id) ?? -1)) {
      if (!user) throw tooOld(iat)
      return user
    }
    const applied = await this.#apply({ id, role, company, groups: names && { names, limits: this.#limits }, email, iat }, user)
    if (!user || !isSame(user, applied)) this.#directory.forgetUser(id)
    return applied
  }

  async #apply (claims: Parameters<Store['applyClaims']>[0], user: UserRecord | undefined): Promise<UserRecord> {
    const { id, iat } = claims
    try {
      const { isPasswordEnded, ...applied } = await this.#store.applyClaims(claims)
      if (isPasswordEnded) this.#onPasswordEnded(id)
      this.#applied.set(id, Math.max(iat, this.#applied.get(id) ?? 0))
      return applied
    } catch (error) {
      if (!isBelfryError(error)) throw error
      if (error.code === 'BLF_UNAUTHENTICATED') throw tooOld(iat)
      // While the store is full, a token is still accepted unless it would change a known user.
      const preview = error.code === 'BLF_STORE_FULL' ? await this.#store.previewClaims(claims) : undefined
      if (preview) return preview
      if (error.statusCode >= 500 && user && isSame(user, claims)) return user
      throw error
    }
  }
}

const isSame = (a: Pick<UserRecord, 'role' | 'company'>, b: Pick<UserRecord, 'role' | 'company'>) => a.role === b.role && a.company === b.company

function tooOld (iat: number, tokensAfter?: number): Error {
  const moment = tokensAfter === undefined ? 'the removal of the user' : `${formatSeconds(tokensAfter)}, until when tokens are of a removed user with this id`
  return refused('claim iat', `later than ${moment}`, formatSeconds(iat))
}
