import { uuidv7 } from 'uuidv7'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../src/errors.ts'
import { hashPassword, verifyPassword } from '../src/password.ts'
import { toUser } from '../src/present.ts'
import { CredentialsRef, PrincipalRef, SessionRef } from '../schemas/auth.ts'
import { secured } from '../schemas/docs.ts'
import { problems } from '../schemas/problem.ts'

export interface AuthRoutesOptions { accessTokenTtl: number }

const authRoutes: FastifyPluginAsyncTypebox<AuthRoutesOptions> = async (app, { accessTokenTtl }) => {
  // Checked when there is no such user, so that the answer takes as long as for a wrong password.
  const nobody = await hashPassword(uuidv7())

  app.post('/login', {
    schema: {
      operationId: 'login',
      summary: 'Log in with username and password',
      tags: ['auth'],
      body: CredentialsRef,
      response: { 200: SessionRef, ...problems(400, 401, 413, 415) }
    }
  }, async ({ body }, reply) => {
    const user = await app.store.userByName(body.username)
    const isRight = await verifyPassword(body.password, user?.passwordHash ?? nobody)
    if (!user?.passwordHash || !isRight) throw problem('BLF_BAD_CREDENTIALS')
    reply.header('cache-control', 'no-store')
    return {
      access_token: app.issueToken(user, uuidv7()),
      token_type: 'Bearer' as const,
      expires_in: accessTokenTtl,
      user: toUser(user)
    }
  })

  await app.register(knownRoutes)
}

/** Only for those who have credentials. */
const knownRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.authenticate)

  app.get('/me', {
    schema: {
      operationId: 'getPrincipal',
      summary: 'Who these credentials are',
      tags: ['auth'],
      ...secured,
      response: { 200: PrincipalRef, ...problems(401) }
    }
  }, async ({ principal }) => {
    if (principal.kind === 'user') return { kind: principal.kind, ...toUser(principal) }
    return { kind: principal.kind, id: principal.id, scopes: principal.scopes }
  })
}

export default authRoutes
