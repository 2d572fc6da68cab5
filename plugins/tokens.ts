import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import { problem } from '../src/errors.ts'
import type { UserRecord } from '../src/store/store.ts'
import { readClaims, type Claims } from '../src/tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The claims of an access token that is valid now; throws BLF_UNAUTHENTICATED. */
    verifyToken: (token: string) => Promise<Claims>
    /** An access token of one of Belfry's own sessions. */
    issueToken: (user: UserRecord, sessionId: string) => string
  }
}

export interface TokensOptions { secret: string, issuer: string, audience: string, ttl: number }

const MAX_TOKEN_LENGTH = 8192
const MAX_VERIFIED = 10_000

/** JWTs: one key, one algorithm, every claim required. What they say of sessions and users is judged by `auth`. */
export default fp<TokensOptions>(async (app, { secret, issuer, audience, ttl }) => {
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', iss: issuer, aud: audience, expiresIn: ttl },
    verify: {
      algorithms: ['HS256'],
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ['sub', 'role', 'iss', 'aud', 'iat', 'exp'],
      cache: false
    }
  })

  // A signature stays what it is as long as this process has its key; time does not.
  const verified = new Map<string, Claims>()

  function verifySignature (token: string): Claims {
    if (token.length > MAX_TOKEN_LENGTH) throw problem('BLF_UNAUTHENTICATED')
    let decoded: { header: { crit?: unknown }, payload: unknown }
    try {
      decoded = app.jwt.verify<never>(token, { complete: true })
    } catch {
      throw problem('BLF_UNAUTHENTICATED')
    }
    return readClaims(decoded)
  }

  app.decorate('verifyToken', async (token: string) => {
    const known = verified.get(token)
    if (known) {
      if (known.exp * 1000 > Date.now()) return known
      verified.delete(token)
      throw problem('BLF_UNAUTHENTICATED')
    }
    const claims = verifySignature(token)
    if (verified.size >= MAX_VERIFIED) verified.delete(verified.keys().next().value!)
    verified.set(token, claims)
    return claims
  })

  app.decorate('issueToken', ({ id, role, company }: UserRecord, sessionId: string) => {
    return app.jwt.sign({ sub: id, role, sid: sessionId, ...(company === null ? {} : { company }) })
  })
}, { name: 'tokens', fastify: '5.x' })
