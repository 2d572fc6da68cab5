import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../src/errors.ts'
import { newId } from '../src/identity/ids.ts'
import { hashSecret, newSecret } from '../src/identity/opaque.ts'
import { hashPassword, verifyPassword } from '../src/identity/password.ts'
import { toUser } from '../src/notification/present.ts'
import type { UserRecord } from '../src/store/store.ts'
import { CredentialsRef, RefreshRef, SessionRef } from '../schemas/auth.ts'
import { problems } from '../schemas/problem.ts'
import principalRoutes from './principal.ts'

export interface AuthRoutesOptions { accessTokenTtl: number, refreshTokenTtl: number }

const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, { accessTokenTtl, refreshTokenTtl }) => {
  app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  // Checked when there is no such user, so that the answer takes as long as for a wrong password.
  const nobody = await hashPassword(newId())
  const refreshExpiry = () => Date.now() + refreshTokenTtl * 1000

  function toSession (user: UserRecord, sessionId: string, refreshToken: string) {
    return {
      access_token: app.issueToken(user, sessionId),
      token_type: 'Bearer' as const,
      expires_in: accessTokenTtl,
      refresh_token: refreshToken,
      user: toUser(user)
    }
  }

  app.post('/login', {
    config: { access: 'anyone' },
    schema: {
      operationId: 'login',
      summary: 'Log in with username and password',
      tags: ['auth'],
      body: CredentialsRef,
      response: { 200: SessionRef, ...problems(400, 401, 413, 415) }
    }
  }, async ({ body, ip }) => {
    await app.limits.login(ip, body.username)
    const user = await app.store.userByName(body.username)
    const isRight = await verifyPassword(body.password, user?.passwordHash ?? nobody)
    if (!user?.passwordHash || !isRight) throw problem('BLF_BAD_CREDENTIALS')
    const id = newId()
    const { secret, hash } = newSecret()
    app.limits.spareLogin(ip)
    await app.store.openSession({ id, userId: user.id, verifiedHash: user.passwordHash, refreshHash: hash, expiresAt: refreshExpiry() })
    return toSession(user, id, secret)
  })

  app.post('/refresh', {
    config: { access: 'anyone' },
    onRequest: request => app.limits.address(request.ip),
    schema: {
      operationId: 'refresh',
      summary: 'Get a new access token for a refresh token',
      description: 'Each refresh token works once; using one again revokes its whole session.',
      tags: ['auth'],
      body: RefreshRef,
      response: { 200: SessionRef, ...problems(400, 401, 413, 415) }
    }
  }, async ({ body, ip, log }) => {
    const { secret, hash } = newSecret()
    const result = await app.store.refresh({ hash: hashSecret(body.refresh_token), nextHash: hash, expiresAt: refreshExpiry() })
    if (result.outcome === 'reused') log.warn('a refresh token was used twice; its session is revoked')
    if (result.outcome !== 'rotated') throw problem('BLF_UNAUTHENTICATED')
    app.limits.spareAddress(ip)
    return toSession(result.user, result.sessionId, secret)
  })

  await app.register(principalRoutes)
}

export default authRoutes
