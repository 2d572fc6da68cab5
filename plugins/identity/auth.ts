import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isBelfryError } from '../../src/errors.ts'
import { hashSecret, KEY_PREFIX } from '../../src/identity/opaque.ts'
import { toUserPrincipal, type KeyPrincipal, type Principal, type UserPrincipal } from '../../src/identity/principal.ts'
import { refused } from '../../src/identity/refusal.ts'
import { Statements } from '../../src/identity/tokens/statements.ts'
import { quotaHeaders, type Quota } from '../../src/protocol/quota.ts'
import type { KeyRecord } from '../../src/store/credentials.ts'
import type { Claims } from '../../src/identity/tokens/tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who an access token or an API key speaks for, counted as one request; throws BLF_UNAUTHENTICATED, BLF_RATE_LIMITED. */
    identify: (credential: string, ip: string) => Promise<Admission>
    /** Who a ticket was made for, once, and from the origin it was made for, counted likewise; throws BLF_UNAUTHENTICATED, BLF_RATE_LIMITED. */
    redeemTicket: (ticket: string, origin: string | undefined, ip: string) => Promise<UserPrincipal>
    /** A hook that lets only requests with good credentials pass, and sets `request.principal`. */
    authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  }
  interface FastifyRequest { principal: Principal }
}

/** Somebody who may come in, and how much they may still ask for. */
export interface Admission { principal: Principal, quota: Quota | undefined }

/** How old a key's "last used" may get before a use is noted again: a write an hour, not one a request. */
const TOUCH_MS = 3_600_000

export default fp(async (app) => {
  const { store, directory, limits } = app
  const statements = new Statements(store, directory)
  const touched = new Map<string, number>()

  /** Whoever signed it: what it says of its user is judged, and counted, before the store is asked. */
  async function identifyUser (token: string, ip: string): Promise<Admission> {
    const claims = await verify(token, ip)
    const { sub: id, sid, exp } = claims
    if (sid !== undefined) await assertOpen(sid, id, ip)
    const quota = await limits.principal({ kind: 'user', id })
    // Of its own sessions Belfry knows better than the token; one minted elsewhere brings news of its user.
    const user = sid === undefined ? await statements.userOf(claims) : await directory.user(id)
    if (!user) throw refused('claim sub', 'a user that was not removed', id)
    return { principal: toUserPrincipal(user, exp, sid), quota }
  }

  async function verify (token: string, ip: string): Promise<Claims> {
    try {
      return await app.verifyToken(token)
    } catch (error) {
      if (isBelfryError(error) && error.statusCode === 401) await limits.address(ip)
      throw error
    }
  }

  async function assertOpen (sessionId: string, userId: string, ip: string): Promise<void> {
    if (directory.knowsSession(sessionId)) return
    await limits.stale(ip, userId)
    if (!await directory.isSessionOpen(sessionId)) throw refused('claim sid', 'a session that has not ended', sessionId)
    limits.spareStale(ip, userId)
  }

  async function identifyKey (key: string, ip: string): Promise<Admission> {
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
    if (Date.now() - (touched.get(id) ?? 0) > TOUCH_MS) {
      touched.set(id, Date.now())
      // Not waited for: reading must go on where nothing can be written.
      store.touchKey(id).catch((error: unknown) => app.log.debug({ err: error, key: id }, 'the use of a key could not be noted'))
    }
    const principal: KeyPrincipal = { kind: 'key', id, name, scopes, hash, rateLimit, expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000) }
    return { principal, quota }
  }

  app.decorate('identify', (credential: string, ip: string) => credential.startsWith(KEY_PREFIX) ? identifyKey(credential, ip) : identifyUser(credential, ip))

  app.decorate('redeemTicket', async (ticket: string, origin: string | undefined, ip: string) => {
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
  })

  app.decorateRequest('principal', null as never)
  app.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
    const credential = bearerOf(request)
    if (credential === undefined) {
      await limits.address(request.ip)
      throw refused('header Authorization', 'Bearer and a token or API key', schemeOf(request))
    }
    const { principal, quota } = await app.identify(credential, request.ip)
    request.principal = principal
    if (quota) reply.headers(quotaHeaders(quota))
  })
}, { name: 'auth', fastify: '5.x', dependencies: ['store', 'directory', 'tokens', 'limits'] })

function isExpired ({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== null && expiresAt <= Date.now()
}

/** How a request would authenticate, without what it would do so with. */
function schemeOf ({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization === undefined ? undefined : /^\w{1,20} /.exec(authorization)?.[0] ?? 'no scheme'
}

/** The credential of an `Authorization: Bearer` header. RFC 6750 §2.1. */
export function bearerOf ({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization)?.[1]
}
