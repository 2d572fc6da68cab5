import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../src/errors.ts'
import { newId } from '../src/identity/ids.ts'
import { refused } from '../src/identity/refusal.ts'
import { hashRefreshToken, newRefreshToken } from '../src/identity/opaque.ts'
import { hashPassword, verifyPassword } from '../src/identity/password.ts'
import { toUser } from '../src/notification/present.ts'
import type { UserRecord } from '../src/store/store.ts'
import { CredentialsRef, RefreshRef, SessionRef } from '../schemas/identity/auth.ts'
import { problems } from '../schemas/problem.ts'
import confirmRoutes from './identity/confirm.ts'
import principalRoutes from './principal.ts'
import sessionsRoutes from './sessions.ts'

export interface AuthRoutesOptions { accessTokenTtl: number, refreshTokenTtl: number, sessionTtl: number }

const MAX_USER_AGENT = 256

/** Made once for all applications of a process. */
let dummy: Promise<string> | undefined

const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, { accessTokenTtl, refreshTokenTtl, sessionTtl }) => {
  app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  // Verified when the user does not exist, so that the response takes as long as for a wrong password.
  const dummyHash = await (dummy ??= hashPassword(newId()))
  const lifetime = sessionTtl * 1000

  /** When the session expires unless it is refreshed, and the address and user agent that use it. */
  function useOf ({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>) {
    const expiresAt = Date.now() + Math.min(refreshTokenTtl * 1000, lifetime)
    return { expiresAt, address: ip, userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT) }
  }

  /** Puts a refresh token into the cookie, for as long as it is valid. */
  function keepInCookie (request: FastifyRequest, reply: FastifyReply, refreshToken: string, endsAt: number): void {
    const seconds = Math.max(0, Math.min(refreshTokenTtl, Math.floor((endsAt - Date.now()) / 1000)))
    reply.header('set-cookie', app.sessionCookie.header(request, refreshToken, seconds))
  }

  /** Without a refresh token, it is in the cookie. */
  function toSession (user: UserRecord, sessionId: string, endsAt: number, refreshToken?: string) {
    // No token outlives its session.
    const ttl = Math.max(0, Math.min(accessTokenTtl, Math.floor((endsAt - Date.now()) / 1000)))
    return {
      access_token: app.issueToken(user, sessionId, ttl),
      token_type: 'Bearer' as const,
      expires_in: ttl,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      user: toUser(user)
    }
  }

  app.post('/login', {
    config: { access: 'anyone' },
    schema: {
      operationId: 'login',
      summary: 'Log in with username and password',
      description: 'Opens a session. The answer has an access token for `Authorization: Bearer`, and a refresh token with which to get the next access token. With `cookie`, which is for pages that this server serves itself, the refresh token comes as a cookie instead: `HttpOnly`, `SameSite=Strict`, for the paths of `/api/auth` only, `Secure` behind https. `refresh` and `logout` without a body take it from there, if their `Origin` is the server\'s own.',
      tags: ['auth'],
      body: CredentialsRef,
      response: { 200: SessionRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async (request, reply) => {
    const { body, ip } = request
    const { cookie: isCookie = false } = body
    if (isCookie) app.sessionCookie.assertNoOtherOrigin(request)
    await app.limits.login(ip, body.username)
    const user = await app.store.userByName(body.username)
    const isCorrect = await verifyPassword(body.password, user?.passwordHash ?? dummyHash)
    if (!user?.passwordHash || !isCorrect) throw problem('BLF_BAD_CREDENTIALS')
    const id = newId()
    const { token, hash: refreshHash, family } = newRefreshToken()
    app.limits.refundLogin(ip)
    const endsAt = Date.now() + lifetime
    await app.store.openSession({ id, userId: user.id, verifiedHash: user.passwordHash, refreshHash, family, isCookie, ...useOf(request) })
    if (!isCookie) return toSession(user, id, endsAt, token)
    keepInCookie(request, reply, token, endsAt)
    return toSession(user, id, endsAt)
  })

  app.post('/refresh', {
    config: { access: 'anyone' },
    onRequest: request => app.limits.address(request.ip),
    preValidation: async (request) => { if (request.body === undefined) request.body = {} },
    schema: {
      operationId: 'refresh',
      summary: 'Get a new access token for a refresh token',
      description: 'Each refresh token works once, and the answer has its successor. If the same token is used again within 30 seconds and no successor has been used yet, it returns another successor, because an answer may have been lost or two tabs may have refreshed at once; the first successor that is used invalidates the others. Any other reuse ends the session. A session ends `SESSION_TTL` after its login, however often it is refreshed.\n\nWithout a body, the refresh token is that of the cookie of a login with `cookie`, and its successor goes there too; 204 if there is no cookie: nobody is logged in.',
      tags: ['auth'],
      body: RefreshRef,
      response: { 200: SessionRef, 204: Type.Null({ description: 'There is neither a refresh token nor a cookie.' }), ...problems(400, 401, 403, 413, 415) }
    }
  }, async (request, reply) => {
    const { body, ip, log } = request
    const isCookie = body.refresh_token === undefined
    const given = body.refresh_token ?? app.sessionCookie.read(request)
    if (given === undefined) {
      app.limits.refundAddress(ip)
      return await reply.code(204).send(null)
    }
    const { token, hash: nextHash } = newRefreshToken(given)
    const result = await app.store.refresh({ ...hashRefreshToken(given), nextHash, lifetime, ...useOf(request) })
    if (result.outcome === 'reused') log.warn('a refresh token was used twice; its session is revoked')
    if (result.outcome !== 'rotated') {
      if (isCookie) keepInCookie(request, reply, '', 0)
      throw refused('refresh token', 'one of a session that has not ended, not used before', result.outcome)
    }
    app.limits.refundAddress(ip)
    if (!isCookie) return toSession(result.user, result.sessionId, result.endsAt, token)
    keepInCookie(request, reply, token, result.endsAt)
    return toSession(result.user, result.sessionId, result.endsAt)
  })

  await app.register(confirmRoutes)
  await app.register(principalRoutes)
  await app.register(sessionsRoutes, { prefix: '/sessions' })
}

export default authRoutes
