import { isBelfryError } from '../errors.ts'
import type { Quota } from '../protocol/quota.ts'
import type { KeyRecord } from '../store/credentials.ts'
import type { GroupLimits } from '../store/groups.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from './directory.ts'
import { KEY_PREFIX } from '../protocol/credential.ts'
import { hashSecret } from './opaque.ts'
import { toUserPrincipal, type KeyPrincipal, type Principal, type UserPrincipal } from '../rights/principal.ts'
import { refused } from './refusal.ts'
import type { Claims } from './tokens/claims.ts'
import { ClaimedUsers } from './tokens/claimed-users.ts'

/** An authenticated principal and its remaining quota; undefined if its requests are not limited. */
export interface Admission { principal: Principal, quota: Quota | undefined }

/** The rate limits of authentication. The methods that count throw BLF_RATE_LIMITED. */
export interface CredentialLimits {
  /** Counts a request of a user or an API key. */
  principal: (principal: Pick<Principal, 'kind' | 'id'> & { rateLimit?: number | null }) => Promise<Quota | undefined>
  /** Counts a new token or key for an open socket: apart from requests, so that a user who has used them up keeps the socket. */
  renewal: CredentialLimits['principal']
  /** Counts a request against its IP address before its credentials are verified. */
  address: (ip: string) => Promise<void>
  /** Undoes one `address` count, because the credentials turned out to be valid. */
  refundAddress: (ip: string) => void
  /** Counts a request with a validly signed token whose session may have ended. */
  stale: (ip: string, userId: string) => Promise<void>
  /** Undoes one `stale` count, because the session is open. */
  refundStale: (ip: string, userId: string) => void
}

/** The limit that valid credentials count against. */
export type CountedAs = 'principal' | 'renewal'

export interface AuthenticatorDeps {
  store: Store
  directory: Directory
  limits: CredentialLimits
  groupLimits: GroupLimits
  /** Verifies an access token and returns its claims. Throws BLF_UNAUTHENTICATED or BLF_UNAVAILABLE. */
  verifyToken: (token: string) => Promise<Claims>
  /** Called when the time of a key's last use could not be stored. */
  onTouchFailed: (error: unknown, keyId: string) => void
  /** Called for each user whose password was removed, because a token gave the user a role or company that whoever set the password may not manage. */
  onPasswordEnded: (userId: string) => void
}

/** The time of a key's last use is written at most once in this time, milliseconds, instead of for every request. */
const TOUCH_MS = 3_600_000

/** Turns credentials into principals. A store read for credentials that may be invalid is counted against a rate limit first. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps
  readonly #claimedUsers: ClaimedUsers
  /** When the last use was last written, by key id; milliseconds since 1970. */
  readonly #touchedAt = new Map<string, number>()

  constructor (deps: AuthenticatorDeps) {
    this.#deps = deps
    this.#claimedUsers = new ClaimedUsers(deps.store, deps.directory, deps.groupLimits, deps.onPasswordEnded)
  }

  /** Authenticates an access token or API key and counts one request, or renewal, of its principal. Throws BLF_UNAUTHENTICATED, BLF_RATE_LIMITED or BLF_UNAVAILABLE. */
  async identify (credential: string, ip: string, countedAs: CountedAs = 'principal'): Promise<Admission> {
    return credential.startsWith(KEY_PREFIX) ? await this.#identifyKey(credential, ip, countedAs) : await this.#identifyUser(credential, ip, countedAs)
  }

  /** Redeems a ticket and counts one request of its user. A ticket works once, and only from the origin it was created for, which must be one of `origins`. Throws BLF_UNAUTHENTICATED or BLF_RATE_LIMITED. */
  async redeemTicket (ticket: string, origins: (string | undefined)[], ip: string): Promise<UserPrincipal> {
    const { store, directory, limits } = this.#deps
    await limits.address(ip)
    const redeemed = await store.redeemTicket(hashSecret(ticket))
    if (!redeemed || redeemed.tokenExpiresAt * 1000 <= Date.now()) throw refused('ticket', 'an unused ticket of the last 30 seconds, issued for a token that has not expired')
    if (redeemed.origin !== null && !origins.includes(redeemed.origin)) throw refused('ticket', `the Origin ${redeemed.origin}`, origins[0])
    limits.refundAddress(ip)
    const { userId, sessionId, tokenExpiresAt } = redeemed
    await limits.principal({ kind: 'user', id: userId })
    const user = await directory.user(userId)
    const isOpen = sessionId === null || await directory.isSessionOpen(sessionId)
    if (!user || !isOpen) throw refused('ticket', 'a ticket whose user and session still exist', userId)
    return toUserPrincipal(user, tokenExpiresAt, sessionId ?? undefined)
  }

  async #identifyUser (token: string, ip: string, countedAs: CountedAs): Promise<Admission> {
    const { directory, limits } = this.#deps
    const claims = await this.#verify(token, ip)
    const { sub: id, sid, exp } = claims
    if (sid !== undefined) await this.#assertSessionOpen(sid, id, ip)
    const quota = await limits[countedAs]({ kind: 'user', id })
    // A token minted elsewhere may change the user's role or company. For a token of Belfry's own login, the store is newer than the token.
    const user = sid === undefined ? await this.#claimedUsers.userOf(claims) : await directory.user(id)
    if (!user) throw refused('claim sub', 'the id of an existing user', id)
    return { principal: toUserPrincipal(user, exp, sid), quota }
  }

  async #verify (token: string, ip: string): Promise<Claims> {
    try {
      return await this.#deps.verifyToken(token)
    } catch (error) {
      if (isBelfryError(error) && error.statusCode === 401) await this.#deps.limits.address(ip)
      throw error
    }
  }

  async #assertSessionOpen (sessionId: string, userId: string, ip: string): Promise<void> {
    const { directory, limits } = this.#deps
    if (directory.knowsSession(sessionId)) return
    await limits.stale(ip, userId)
    if (!await directory.isSessionOpen(sessionId)) throw refused('claim sid', 'a session that has not ended', sessionId)
    limits.refundStale(ip, userId)
  }

  async #identifyKey (key: string, ip: string, countedAs: CountedAs): Promise<Admission> {
    const { directory, limits } = this.#deps
    const hash = hashSecret(key)
    const isKnown = directory.knowsKey(hash)
    if (!isKnown) await limits.address(ip)
    const record = await directory.keyByHash(hash)
    if (!record || isExpired(record)) {
      if (isKnown) await limits.address(ip)
      throw refused('API key', 'a key that is neither revoked nor expired', record?.id)
    }
    if (!isKnown) limits.refundAddress(ip)
    const { id, name, scopes, rateLimit, expiresAt } = record
    const quota = await limits[countedAs]({ kind: 'key', id, rateLimit })
    this.#touch(id)
    const principal: KeyPrincipal = { kind: 'key', id, name, scopes, hash, rateLimit, expiresAt: expiresAt === null ? null : expiresAt / 1000 }
    return { principal, quota }
  }

  #touch (keyId: string): void {
    const now = Date.now()
    if (now - (this.#touchedAt.get(keyId) ?? 0) <= TOUCH_MS) return
    this.#touchedAt.set(keyId, now)
    // Not awaited: requests must still be answered while the store cannot be written.
    this.#deps.store.touchKey(keyId).catch((error: unknown) => this.#deps.onTouchFailed(error, keyId))
  }
}

function isExpired ({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt <= Date.now()
}
