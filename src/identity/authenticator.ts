import { isBelfryError } from '../errors.ts'
import type { Quota } from '../protocol/quota.ts'
import type { KeyRecord } from '../store/credentials.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from './directory.ts'
import { hashSecret, KEY_PREFIX } from './opaque.ts'
import { toUserPrincipal, type KeyPrincipal, type Principal, type UserPrincipal } from './principal.ts'
import { refused } from './refusal.ts'
import type { Claims } from './tokens/claims.ts'
import { Statements } from './tokens/statements.ts'

/** A principal, and how many requests it has left. */
export interface Admission { principal: Principal, quota: Quota | undefined }

/** The limits that credentials count against. Counting throws BLF_RATE_LIMITED. */
export interface CredentialLimits {
  /** Counts a request of a user or an API key. */
  principal: (principal: Pick<Principal, 'kind' | 'id'> & { rateLimit?: number | null }) => Promise<Quota | undefined>
  /** Counts a request of an address whose credentials are not known to be good. */
  address: (ip: string) => Promise<void>
  /** Takes back the last count of an address: its credentials are good. */
  spareAddress: (ip: string) => void
  /** Counts a request whose signed token may be of a session that has ended. */
  stale: (ip: string, userId: string) => Promise<void>
  spareStale: (ip: string, userId: string) => void
}

export interface AuthenticatorDeps {
  store: Store
  directory: Directory
  limits: CredentialLimits
  /** The claims of an access token that is valid now. Throws BLF_UNAUTHENTICATED or BLF_UNAVAILABLE. */
  verifyToken: (token: string) => Promise<Claims>
  /** Is told that the last use of a key could not be stored. */
  onTouchFailed: (error: unknown, keyId: string) => void
  /** Is told of each user whose password ended because a token moved the user beyond the reach of whoever set it. */
  onPasswordEnded: (userId: string) => void
}

/** At most one write an hour for a key, not one a request, stores when it was last used. */
const TOUCH_MS = 3_600_000

/** Turns credentials into principals. Each look at the store for credentials that may be bad is counted before it is made. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps
  readonly #statements: Statements
  /** When the last use of each key was stored, milliseconds since 1970. */
  readonly #touchedAt = new Map<string, number>()

  constructor (deps: AuthenticatorDeps) {
    this.#deps = deps
    this.#statements = new Statements(deps.store, deps.directory, deps.onPasswordEnded)
  }

  /** The principal of an access token or an API key, counted as one request. Throws BLF_UNAUTHENTICATED or BLF_RATE_LIMITED. */
  async identify (credential: string, ip: string): Promise<Admission> {
    return credential.startsWith(KEY_PREFIX) ? await this.#identifyKey(credential, ip) : await this.#identifyUser(credential, ip)
  }

  /** The user that a ticket was made for, counted as one request. A ticket is good once, from the origin it was made for. Throws likewise. */
  async redeemTicket (ticket: string, origin: string | undefined, ip: string): Promise<UserPrincipal> {
    const { store, directory, limits } = this.#deps
    await limits.address(ip)
    const redeemed = await store.redeemTicket(hashSecret(ticket))
    if (!redeemed || redeemed.tokenExpiresAt * 1000 <= Date.now()) throw refused('ticket', 'one of the last 30 seconds that was not used, bought with a token that is good')
    if (redeemed.origin !== null && redeemed.origin !== origin) throw refused('ticket', `the Origin ${redeemed.origin}`, origin)
    limits.spareAddress(ip)
    const { userId, sessionId, tokenExpiresAt } = redeemed
    await limits.principal({ kind: 'user', id: userId })
    const user = await directory.user(userId)
    const isOpen = sessionId === null || await directory.isSessionOpen(sessionId)
    if (!user || !isOpen) throw refused('ticket', 'one of a user and a session that are still there', userId)
    return toUserPrincipal(user, tokenExpiresAt, sessionId ?? undefined)
  }

  async #identifyUser (token: string, ip: string): Promise<Admission> {
    const { directory, limits } = this.#deps
    const claims = await this.#verify(token, ip)
    const { sub: id, sid, exp } = claims
    if (sid !== undefined) await this.#assertSessionOpen(sid, id, ip)
    const quota = await limits.principal({ kind: 'user', id })
    // A token of another issuer may bring a new role or company; for Belfry's own sessions the store knows better than the token.
    const user = sid === undefined ? await this.#statements.userOf(claims) : await directory.user(id)
    if (!user) throw refused('claim sub', 'a user that was not removed', id)
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
    limits.spareStale(ip, userId)
  }

  async #identifyKey (key: string, ip: string): Promise<Admission> {
    const { directory, limits } = this.#deps
    const hash = hashSecret(key)
    const isKnown = directory.knowsKey(hash)
    if (!isKnown) await limits.address(ip)
    const record = await directory.keyByHash(hash)
    if (!record || isExpired(record)) {
      if (isKnown) await limits.address(ip)
      throw refused('API key', 'one that is neither revoked nor expired', record?.id)
    }
    if (!isKnown) limits.spareAddress(ip)
    const { id, name, scopes, rateLimit, expiresAt } = record
    const quota = await limits.principal({ kind: 'key', id, rateLimit })
    this.#touch(id)
    const principal: KeyPrincipal = { kind: 'key', id, name, scopes, hash, rateLimit, expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000) }
    return { principal, quota }
  }

  #touch (keyId: string): void {
    const now = Date.now()
    if (now - (this.#touchedAt.get(keyId) ?? 0) <= TOUCH_MS) return
    this.#touchedAt.set(keyId, now)
    // Not awaited: reads must go on while the store cannot be written.
    this.#deps.store.touchKey(keyId).catch((error: unknown) => this.#deps.onTouchFailed(error, keyId))
  }
}

function isExpired ({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt <= Date.now()
}
