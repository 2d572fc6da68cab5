import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { originsOf } from '../../src/http/origin.ts'
import { SessionCookie } from '../../src/http/session-cookie.ts'
import { bearerOf, schemeOf } from '../../src/http/authorization.ts'
import { Authenticator, type Admission, type CountedAs } from '../../src/identity/authenticator.ts'
import { senderOf, type Principal, type UserPrincipal } from '../../src/rights/principal.ts'
import { refused } from '../../src/identity/refusal.ts'
import type { GroupLimits } from '../../src/store/groups.ts'
import { quotaHeaders } from '../../src/protocol/quota.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Authenticates an access token or API key: see `Authenticator.identify`. */
    identify: (credential: string, ip: string, countedAs?: CountedAs) => Promise<Admission>
    /** Redeems a ticket: see `Authenticator.redeemTicket`. */
    redeemTicket: (ticket: string, origins: (string | undefined)[], ip: string) => Promise<UserPrincipal>
    /** A hook that sets `request.principal`, or throws BLF_UNAUTHENTICATED if the credentials are missing or invalid. */
    authenticate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** The same, where the query may have a ticket instead of the header. After validation, so that an invalid query does not use up its ticket. */
    authenticateOrRedeem: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** The same, but a request without the header that has the cookie of a login comes through without a principal. */
    authenticateUnlessCookie: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
    /** The cookie of logins in pages of this server. */
    sessionCookie: SessionCookie
  }
  interface FastifyRequest { principal: Principal }
}

/** Authenticates requests by token or API key, and upgrades also by ticket. */
export default fp<{ groupLimits: GroupLimits }>(async (app, { groupLimits }) => {
  const { store, directory, limits } = app
  const authenticator = new Authenticator({
    store,
    directory,
    limits,
    groupLimits,
    verifyToken: token => app.verifyToken(token),
    onTouchFailed: (error, key) => app.log.debug({ err: error, key }, 'the last use of an API key could not be stored'),
    onPasswordEnded: userId => app.log.warn({ principal: senderOf({ kind: 'user', id: userId }) }, 'a token changed the role or company of a user whose password was set by somebody who may no longer manage the user: the password was removed and its sessions have ended')
  })

  app.decorate('identify', (credential: string, ip: string, countedAs?: CountedAs) => authenticator.identify(credential, ip, countedAs))
  app.decorate('redeemTicket', (ticket: string, origins: (string | undefined)[], ip: string) => authenticator.redeemTicket(ticket, origins, ip))
  app.decorateRequest('principal', null as never)
  app.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
    const credential = bearerOf(request.headers)
    if (credential === undefined) {
      await limits.address(request.ip)
      throw refused('header Authorization', 'Bearer and a token or API key', schemeOf(request.headers))
    }
    const { principal, quota } = await app.identify(credential, request.ip)
    request.principal = principal
    if (quota) reply.headers(quotaHeaders(quota))
  })
  const sessionCookie = new SessionCookie(app.publicUrl)
  app.decorate('sessionCookie', sessionCookie)
  app.decorate('authenticateUnlessCookie', async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.headers.authorization !== undefined || !sessionCookie.isIn(request.headers)) await app.authenticate(request, reply)
  })
  app.decorate('authenticateOrRedeem', async (request: FastifyRequest, reply: FastifyReply) => {
    const { ticket } = request.query as { ticket?: string }
    if (request.headers.authorization !== undefined || ticket === undefined) return await app.authenticate(request, reply)
    request.principal = await app.redeemTicket(ticket, originsOf(request, app.publicUrl.origin), request.ip)
  })
}, { name: 'auth', fastify: '5.x', dependencies: ['store', 'directory', 'tokens', 'limits'] })
