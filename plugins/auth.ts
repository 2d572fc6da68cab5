import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isBelfryError, problem } from '../src/errors.ts'
import { hashSecret, KEY_PREFIX } from '../src/identity/opaque.ts'
import { senderOf, type KeyPrincipal, type Principal, type UserPrincipal } from '../src/identity/principal.ts'
import type { KeyRecord } from '../src/store/credentials.ts'
import type { UserRecord } from '../src/store/store.ts'
import type { Claims } from '../src/identity/tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who an access token or an API key speaks for; throws BLF_UNAUTHENTICATED. */
    identify: (credential: string) => Promise<Principal>
    /** Who a ticket was made for, once, and from the origin it was made for; throws BLF_UNAUTHENTICATED. */
    redeemTicket: (ticket: string, origin: string | undefined) => Promise<UserPrincipal>
    /** A hook that lets only requests with good credentials pass, and sets `request.principal`. */
    authenticate: (request: FastifyRequest) => Promise<void>
  }
  interface FastifyRequest { principal: Principal }
}

/** How old a key's "last used" may get before a use is noted again: a write an hour, not one a request. */
const TOUCH_MS = 3_600_000

export default fp(async (app) => {
  const { store, directory } = app
  const touched = new Map<string, number>()

  async function userOf ({ sub: id, role, sid, iat, ...claims }: Claims): Promise<UserRecord> {
    const company = claims.company ?? null
    const user = await directory.user(id)
    if (sid === undefined) {
      // A token minted elsewhere brings news of its user.
      const isNews = !user || user.role !== role || user.company !== company
      return isNews ? await store.seeUser({ id, role, company, iat: Math.floor(iat) }) : user
    }
    // Of its own sessions Belfry knows better than the token.
    if (!user || !await directory.isSessionOpen(sid)) throw problem('BLF_UNAUTHENTICATED')
    return user
  }

  async function identifyUser (token: string): Promise<UserPrincipal> {
    const claims = await app.verifyToken(token)
    const user = await userOf(claims)
    return toPrincipal(user, claims.exp, claims.sid)
  }

  async function identifyKey (key: string): Promise<KeyPrincipal> {
    const hash = hashSecret(key)
    const record = await directory.keyByHash(hash)
    if (!record || isExpired(record)) throw problem('BLF_UNAUTHENTICATED')
    const { id, name, scopes, rateLimit, expiresAt } = record
    if (Date.now() - (touched.get(id) ?? 0) > TOUCH_MS) {
      touched.set(id, Date.now())
      await store.touchKey(id)
    }
    return { kind: 'key', id, name, scopes, hash, rateLimit, expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000) }
  }

  app.decorate('identify', (credential: string) => credential.startsWith(KEY_PREFIX) ? identifyKey(credential) : identifyUser(credential))

  app.decorate('redeemTicket', async (ticket: string, origin: string | undefined) => {
    const redeemed = await store.redeemTicket(hashSecret(ticket))
    if (!redeemed || redeemed.tokenExpiresAt * 1000 <= Date.now()) throw problem('BLF_UNAUTHENTICATED')
    if (redeemed.origin !== null && redeemed.origin !== origin) throw problem('BLF_UNAUTHENTICATED')
    const { userId, sessionId, tokenExpiresAt } = redeemed
    const user = await directory.user(userId)
    const isOpen = sessionId === null || await directory.isSessionOpen(sessionId)
    if (!user || !isOpen) throw problem('BLF_UNAUTHENTICATED')
    return toPrincipal(user, tokenExpiresAt, sessionId ?? undefined)
  })

  app.decorateRequest('principal', null as never)
  app.decorate('authenticate', async (request: FastifyRequest) => {
    const credential = bearerOf(request)
    try {
      if (credential === undefined) throw problem('BLF_UNAUTHENTICATED')
      request.principal = await app.identify(credential)
    } catch (error) {
      if (isBelfryError(error) && error.statusCode === 401) await app.limits.address(request.ip)
      throw error
    }
    await app.limits.principal(senderOf(request.principal))
  })
}, { name: 'auth', fastify: '5.x', dependencies: ['store', 'directory', 'tokens', 'limits'] })

function isExpired ({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt <= Date.now()
}

function toPrincipal (user: UserRecord, expiresAt: number, sessionId: string | undefined): UserPrincipal {
  return { kind: 'user', ...user, expiresAt: Math.floor(expiresAt), ...(sessionId === undefined ? {} : { sessionId }) }
}

/** The credential of an `Authorization: Bearer` header. RFC 6750 §2.1. */
export function bearerOf ({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization)?.[1]
}
