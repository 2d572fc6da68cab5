import jwt from '@fastify/jwt'
import fp from 'fastify-plugin'
import { OutageLog } from '../../src/process/outage-log.ts'
import { Jwks } from '../../src/identity/tokens/jwks.ts'
import type { UserRecord } from '../../src/store/store.ts'
import { TokenVerifier, type Claims, type VerifierOptions } from '../../src/identity/tokens/tokens.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Verifies an access token and returns its claims. Throws BLF_UNAUTHENTICATED, or BLF_UNAVAILABLE while the issuer's keys cannot be fetched. */
    verifyToken: (token: string) => Promise<Claims>
    /** Issues an access token for a session of Belfry's own login, valid for `ttl` seconds. */
    issueToken: (user: UserRecord, sessionId: string, ttl: number) => string
  }
}

export interface TokensOptions extends Pick<VerifierOptions, 'previousSecret' | 'issuer' | 'audience' | 'claims'> {
  secret: string
  jwksUrl?: string | undefined
}

/** Issues and verifies access tokens. Whether their users and sessions exist is checked by the `auth` plugin. */
export default fp<TokensOptions>(async (app, { secret, jwksUrl, ...options }) => {
  const { issuer, audience } = options
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256', iss: issuer, aud: audience }
  })
  const outage = new OutageLog(
    reason => app.log.warn({ reason }, 'the issuer\'s keys could not be fetched'),
    () => app.log.info('the issuer\'s keys could be fetched again')
  )
  const jwks = jwksUrl === undefined ? undefined : new Jwks({ url: jwksUrl, onError: error => outage.reportFailure(error), onFetched: () => outage.reportRecovery() })
  // Not @fastify/jwt's own verifier, which processes its options again for every token.
  const verifier = new TokenVerifier({ ...options, secret, jwks })

  app.decorate('verifyToken', (token: string) => verifier.verify(token))
  app.decorate('issueToken', ({ id, role, company }: UserRecord, sessionId: string, ttl: number) => {
    const iat = Math.floor(Date.now() / 1000)
    return app.jwt.sign({ sub: id, role, sid: sessionId, iat, exp: iat + ttl, ...(company === null ? {} : { company }) })
  })
}, { name: 'tokens', fastify: '5.x' })
