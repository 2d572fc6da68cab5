import QuickLRU from 'quick-lru'
import { isBelfryError } from '../../errors.ts'
import { time, type Claims } from './claims.ts'
import type { Directory } from '../directory.ts'
import { refused } from '../refusal.ts'
import type { Store, UserRecord } from '../../store/store.ts'

const MAX_NOTED = 50_000

/**
 * What tokens minted elsewhere say of their users. The newest statement wins: the store keeps the
 * newest `iat` of each user, so that a token is written down once a node, when it first comes.
 */
export class Statements {
  readonly #store: Pick<Store, 'seeUser' | 'foreseeUser'>
  readonly #directory: Directory
  readonly #onPasswordEnded: (id: string) => void
  /** The `iat` up to which the store needs no telling, by user. */
  readonly #noted = new QuickLRU<string, number>({ maxSize: MAX_NOTED })

  /** `onPasswordEnded` is called with the id of each user whose password a token ended, because it moved the user. */
  constructor (store: Pick<Store, 'seeUser' | 'foreseeUser'>, directory: Directory, onPasswordEnded: (id: string) => void) {
    this.#store = store
    this.#directory = directory
    this.#onPasswordEnded = onPasswordEnded
  }

  /** The user that a token speaks of, as it is now. Throws BLF_UNAUTHENTICATED for a token of somebody who had the id before. */
  async userOf ({ sub: id, role, company, iat: seconds }: Claims): Promise<UserRecord> {
    const iat = Math.floor(seconds)
    const user = await this.#directory.user(id)
    if (user && iat <= user.tokensAfter) throw tooOld(iat, user.tokensAfter)
    if (iat <= (this.#noted.get(id) ?? -1)) {
      if (!user) throw tooOld(iat)
      return user
    }
    const seen = await this.#note({ id, role, company, iat }, user)
    if (!user || !isSame(user, seen)) this.#directory.forgetUser(id)
    return seen
  }

  async #note (claims: Parameters<Store['seeUser']>[0], user: UserRecord | undefined): Promise<UserRecord> {
    const { id, iat } = claims
    try {
      const { isPasswordEnded, ...seen } = await this.#store.seeUser(claims)
      if (isPasswordEnded) this.#onPasswordEnded(id)
      this.#noted.set(id, Math.max(iat, this.#noted.get(id) ?? 0))
      return seen
    } catch (error) {
      if (!isBelfryError(error)) throw error
      if (error.code === 'BLF_UNAUTHENTICATED') throw tooOld(iat)
      // While nothing can be written, one can read all the same.
      const foreseen = error.code === 'BLF_STORE_FULL' ? await this.#store.foreseeUser(claims) : undefined
      if (foreseen) return foreseen
      if (error.statusCode >= 500 && user && isSame(user, claims)) return user
      throw error
    }
  }
}

const isSame = (a: Pick<UserRecord, 'role' | 'company'>, b: Pick<UserRecord, 'role' | 'company'>) => a.role === b.role && a.company === b.company

function tooOld (iat: number, tokensAfter?: number): Error {
  const moment = tokensAfter === undefined ? 'the removal of the user' : `${time(tokensAfter)}, until when tokens are of a removed user with this id`
  return refused('claim iat', `later than ${moment}`, time(iat))
}
