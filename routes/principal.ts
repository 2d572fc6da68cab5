import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../src/errors.ts'
import { hashRefreshToken, newSecret } from '../src/identity/opaque.ts'
import { refused } from '../src/identity/refusal.ts'
import type { Principal } from '../src/rights/principal.ts'
import { toUser } from '../src/notification/present.ts'
import { PrincipalRef, TicketRef } from '../schemas/identity/auth.ts'
import { LogoutRef } from '../schemas/identity/session.ts'
import { problems } from '../schemas/problem.ts'

const TICKET_SECONDS = 30

/** Routes about the credentials of the request itself: who they belong to, logout, tickets. */
const principalRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/me', {
    config: { access: ['principal.see'] },
    schema: {
      operationId: 'getPrincipal',
      summary: 'Get the user or API key that these credentials belong to',
      tags: ['auth'],
      response: { 200: PrincipalRef, ...problems(401) }
    }
  }, async ({ principal }) => {
    if (principal.kind === 'user') return { kind: principal.kind, ...toUser(principal) }
    const { kind, id, name, scopes } = principal
    return { kind, id, name, scopes }
  })

  app.post('/logout', {
    config: { access: ['principal.see'], takesCookies: true },
    preValidation: async (request) => { if (request.body === undefined) request.body = {} },
    schema: {
      operationId: 'logout',
      summary: 'End the session of this token',
      description: 'Invalidates the session\'s refresh and access tokens and closes its sockets, on every node. A token that another backend minted has no session: it stays valid until it expires, and what ends is pushes to every device that the user registered with such tokens. With `everywhere`, all sessions of the user end, and pushes to all devices. Without a token, the session of the cookie ends: see `POST /api/auth/login`.',
      tags: ['auth'],
      body: LogoutRef,
      response: { 204: Type.Null({ description: 'Ended.' }), ...problems(400, 401, 403, 413, 415) }
    }
  }, async (request, reply) => {
    const { body: { everywhere = false } } = request
    const principal = request.principal as Principal | null
    const token = principal === null ? app.sessionCookie.read(request) : app.sessionCookie.readIfOwn(request)
    const family = token === undefined ? null : hashRefreshToken(token).family
    const ofCookie = family === null ? undefined : await app.store.sessionOfFamily(family)
    if (principal === null) {
      if (everywhere) throw refused('header Authorization', 'Bearer and a token, to log out everywhere')
      if (ofCookie) await app.store.revokeSession(ofCookie.id)
    } else if (principal.kind === 'user') {
      if (everywhere) await app.store.revokeSessions(principal.id)
      else if (principal.sessionId !== undefined) await app.store.revokeSession(principal.sessionId)
      // Which of its devices this is, a token without a session does not say.
      else await app.store.removeUnboundPushSubscriptions(principal.id)
    }
    // Another tab may have logged in as somebody else since: then the cookie is theirs.
    const hasEnded = principal === null || ofCookie === undefined || (principal.kind === 'user' && (everywhere ? ofCookie.userId === principal.id : ofCookie.id === principal.sessionId))
    if (token !== undefined && hasEnded) reply.header('set-cookie', app.sessionCookie.header(request, '', 0))
    return await reply.code(204).send(null)
  })

  app.post('/ticket', {
    config: { access: ['ticket.buy'] },
    schema: {
      operationId: 'createTicket',
      summary: 'Get a ticket for one WebSocket upgrade or stream',
      description: 'For clients that can set neither headers nor subprotocols. The ticket is bound to the Origin of this request, if it has one.',
      tags: ['auth'],
      response: { 201: TicketRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, headers }, reply) => {
    if (principal.kind !== 'user') throw problem('BLF_FORBIDDEN')
    const { secret, hash } = newSecret()
    await app.store.createTicket({
      hash,
      userId: principal.id,
      sessionId: principal.sessionId ?? null,
      tokenExpiresAt: Math.floor(principal.expiresAt),
      origin: headers.origin ?? null,
      expiresAt: Date.now() + TICKET_SECONDS * 1000
    })
    return await reply.code(201).send({ ticket: secret, expires_in: TICKET_SECONDS })
  })
}

export default principalRoutes
