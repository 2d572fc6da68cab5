import jwt from '@fastify/jwt'
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { problem } from '../src/errors.ts'
import type { Principal, UserPrincipal } from '../src/principal.ts'
import { mayEver, type Right } from '../src/rights.ts'
import type { UserRecord } from '../src/store/store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Who a bearer token speaks for; throws BLF_UNAUTHENTICATED. */
    identify: (token: string) => Promise<UserPrincipal>
    /** A hook that lets only requests with good credentials pass, and sets `request.principal`. */
    authenticate: (request: FastifyRequest) => Promise<void>
    /** A hook that stops principals who have a right towards no target at all. */
    allow: (right: Right) => preHandlerAsyncHookHandler
    /** An access token of one of Belfry's own sessions. */
    issueToken: (user: UserRecord, sessionId: string) => string
  }
  interface FastifyRequest { principal: Principal }
}

export interface AuthOptions { secret: string, issuer: string, audience: string, accessTokenTtl: number }

const Claims = Type.Object({
  sub: Type.RegExp(/^[A-Za-z0-9._:-]{1,128}$/),
  role: Type.RegExp(/^[^\p{Cc}\p{Cs}]{1,128}$/u),
  company: Type.Optional(Type.RegExp(/^[^\p{Cc}\p{Cs}]{1,128}$/u)),
  sid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  iat: Type.Integer(),
  exp: Type.Integer()
})
const claims = TypeCompiler.Compile(Claims)

/** Clocks of two machines may differ by this much before a token counts as minted in the future. */
const CLOCK_SKEW_SECONDS = 60
const MAX_TOKEN_LENGTH = 8192

export default fp<AuthOptions>(async (app, { secret, issuer, audience, accessTokenTtl }) => {
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', iss: issuer, aud: audience, expiresIn: accessTokenTtl },
    verify: {
      algorithms: ['HS256'],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ['sub', 'role', 'iss', 'aud', 'iat', 'exp'],
      cache: false
    }
  })

  /** The claims of a token whose signature, times and shape are right. */
  function verify (token: string): Static<typeof Claims> {
    if (token.length > MAX_TOKEN_LENGTH) throw problem('BLF_UNAUTHENTICATED')
    let decoded: { header: { crit?: unknown }, payload: unknown }
    try {
      decoded = app.jwt.verify<never>(token, { complete: true })
    } catch {
      throw problem('BLF_UNAUTHENTICATED')
    }
    const { header, payload } = decoded
    // RFC 7515 §4.1.11: extensions we do not understand must not be ignored.
    if (header.crit !== undefined || !claims.Check(payload)) throw problem('BLF_UNAUTHENTICATED')
    if (payload.iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS) throw problem('BLF_UNAUTHENTICATED')
    return payload
  }

  async function resolveUser ({ sub: id, role, sid, iat, ...claims }: Static<typeof Claims>): Promise<UserRecord> {
    const company = claims.company ?? null
    const user = await app.directory.get(id)
    if (user && user.role === role && user.company === company) return user
    // Of its own sessions Belfry knows better than the token; others' tokens bring news.
    if (sid === undefined) return await app.store.seeUser({ id, role, company, iat })
    if (!user || iat < Math.floor(user.createdAt / 1000)) throw problem('BLF_UNAUTHENTICATED')
    return user
  }

  app.decorate('identify', async (token: string) => {
    const payload = verify(token)
    const { id, role, company, username, createdAt } = await resolveUser(payload)
    const principal: UserPrincipal = { kind: 'user', id, role, company, username, createdAt, expiresAt: payload.exp }
    if (payload.sid !== undefined) principal.sessionId = payload.sid
    return principal
  })

  app.decorateRequest('principal', null as never)
  app.decorate('authenticate', async (request: FastifyRequest) => {
    const token = bearerOf(request)
    if (token === undefined) throw problem('BLF_UNAUTHENTICATED')
    request.principal = await app.identify(token)
  })
  app.decorate('allow', (right: Right) => async (request: FastifyRequest) => {
    if (!mayEver(request.principal, right)) throw problem('BLF_FORBIDDEN')
  })
  app.decorate('issueToken', ({ id, role, company }: UserRecord, sessionId: string) => {
    return app.jwt.sign({ sub: id, role, sid: sessionId, ...(company === null ? {} : { company }) })
  })
}, { name: 'auth', fastify: '5.x', dependencies: ['store', 'hub'] })

/** The token of an `Authorization: Bearer` header. RFC 6750 §2.1. */
export function bearerOf ({ headers: { authorization } }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+)$/i.exec(authorization)?.[1]
}
