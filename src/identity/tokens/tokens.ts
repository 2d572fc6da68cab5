import { createVerifier } from 'fast-jwt'
import QuickLRU from 'quick-lru'
import { readClaims, time, type ClaimNames, type Claims } from './claims.ts'
import { ALGORITHMS, type IssuerKey } from './jwk-set.ts'
import type { Jwks } from './jwks.ts'
import { refused } from '../refusal.ts'

export type { Claims } from './claims.ts'

/** Takes a token apart if its signature, times and names are right; throws if not. */
type Verify = (token: string) => { payload: Record<string, unknown> }
const REQUIRED_CLAIMS = ['sub', 'iss', 'aud', 'iat', 'exp']

export interface VerifierOptions {
  /** `JWT_SECRET`: what Belfry and the backends beside it sign with. */
  secret: string
  /** `JWT_PREVIOUS_SECRET`: what they signed with until it was changed. */
  previousSecret?: string | undefined
  issuer: string
  audience: string
  claims: ClaimNames
  jwks?: Jwks | undefined
}

const MAX_TOKEN_LENGTH = 8192
const MAX_VERIFIED = 10_000
const MAX_HEADERS = 64
/** Other types (a logout token, say) are signed by the same keys and are no access tokens. RFC 8725 §3.11. */
const TYPES = /^(application\/)?(at\+)?jwt$/i

interface Header { alg?: unknown, kid?: unknown, typ?: unknown, crit?: unknown }

/** Judges access tokens: one algorithm a key, every claim required. What they say of users is judged by others. */
export class TokenVerifier {
  readonly #options: VerifierOptions
  /** The keys for HS256: the one that signs, then the one it followed. */
  readonly #shared: IssuerKey[]
  readonly #verifiers = new WeakMap<IssuerKey, Verify>()
  /** A signature stays what it is for as long as its key is trusted; time does not. */
  readonly #verified = new QuickLRU<string, { header: Header, claims: Claims, key: IssuerKey }>({ maxSize: MAX_VERIFIED })
  /** Headers by their text, which all tokens of one issuer share. */
  readonly #headers = new QuickLRU<string, Header>({ maxSize: MAX_HEADERS })

  constructor (options: VerifierOptions) {
    this.#options = options
    const { secret, previousSecret } = options
    this.#shared = [secret, ...(previousSecret === undefined ? [] : [previousSecret])].map(pem => ({ alg: 'HS256', pem }))
  }

  /** The claims of a token that is valid now; throws BLF_UNAUTHENTICATED with its `reason`, or BLF_UNAVAILABLE if its issuer's keys cannot be had. */
  async verify (token: string): Promise<Claims> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused('token', `${MAX_TOKEN_LENGTH} characters at most`, token.length)
    const known = this.#verified.get(token)
    const header = known?.header ?? this.#headerOf(token)
    const keys = await this.#keysOf(header)
    if (known && keys.includes(known.key)) {
      const { exp } = known.claims
      if (exp * 1000 > Date.now()) return known.claims
      this.#verified.delete(token)
      throw refused('claim exp', `later than ${time(Date.now() / 1000)}`, time(exp))
    }
    const { key, payload } = this.#checkSignature(token, keys)
    // An issuer's `sid` is a session of its own, which we know nothing of.
    const isOwn = this.#shared.includes(key) && payload['sid'] !== undefined
    const claims = readClaims(payload, this.#options.claims, isOwn)
    this.#verified.set(token, { header, claims, key })
    return claims
  }

  #headerOf (token: string): Header {
    // Not split: of its three parts only the first is looked at here.
    const text = token.slice(0, Math.max(0, token.indexOf('.')))
    let header = this.#headers.get(text)
    if (!header) {
      header = readHeader(text)
      this.#headers.set(text, header)
    }
    return header
  }

  async #keysOf ({ alg, kid, typ, crit }: Header): Promise<IssuerKey[]> {
    // RFC 7515 §4.1.11: extensions we do not understand must not be ignored.
    if (crit !== undefined) throw refused('header crit', 'none', crit)
    if (typ !== undefined && !(typeof typ === 'string' && TYPES.test(typ))) throw refused('header typ', 'JWT or at+jwt', typ)
    if (alg === 'HS256') return this.#shared
    const { jwks } = this.#options
    const algorithms = ['HS256', ...(jwks ? ALGORITHMS : [])]
    if (!jwks || typeof alg !== 'string' || !algorithms.includes(alg)) throw refused('header alg', algorithms.join(', '), alg)
    if (typeof kid !== 'string') throw refused('header kid', 'that of a key behind JWKS_URL', kid)
    const key = await jwks.find(alg, kid)
    if (!key) throw refused('header kid', `that of a key for ${alg} behind JWKS_URL`, kid)
    return [key]
  }

  /** What a token says that one of the keys signed, and the key. */
  #checkSignature (token: string, keys: IssuerKey[]): { key: IssuerKey, payload: Record<string, unknown> } {
    for (const key of keys) {
      try {
        return { key, payload: this.#verifierOf(key)(token).payload }
      } catch (error) {
        const { code } = error as { code?: string }
        if (code !== 'FAST_JWT_INVALID_SIGNATURE') throw this.#explain(error as Error & { code?: string }, token)
      }
    }
    throw refused('signature', keys === this.#shared ? 'one made with JWT_SECRET' : 'one of the key that `kid` names')
  }

  #verifierOf (key: IssuerKey): Verify {
    let verify = this.#verifiers.get(key)
    if (!verify) {
      verify = createVerifier({
        key: key.pem,
        algorithms: [key.alg as 'HS256'],
        allowedIss: this.#options.issuer,
        allowedAud: this.#options.audience,
        requiredClaims: REQUIRED_CLAIMS,
        // With its tolerance tokens would also outlive their `exp`.
        ignoreNotBefore: true,
        cache: false,
        complete: true
      }) as Verify
      this.#verifiers.set(key, verify)
    }
    return verify
  }

  /** What the library found wrong with a token whose signature is good, or that is no token. */
  #explain ({ code, message }: Error & { code?: string }, token: string): Error {
    const claim = code === 'FAST_JWT_EXPIRED' ? 'exp' : /^(?:The|None of) (\w+) claim/.exec(message)?.[1]
    if (claim === undefined) return refused('token', 'a JSON Web Token in three parts, with an object of claims')
    const { issuer, audience } = this.#options
    const expected: Record<string, string> = { iss: issuer, aud: audience, exp: `later than ${time(Date.now() / 1000)}` }
    // Only for the log: nothing is decided by it.
    const seen = (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>)[claim]
    return refused(`claim ${claim}`, expected[claim] ?? 'one', code === 'FAST_JWT_EXPIRED' ? time(seen as number) : seen)
  }
}

/** A token's header, not verified yet: it may choose among trusted keys and nothing else. */
function readHeader (text: string): Header {
  try {
    const header: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (typeof header !== 'object' || header === null) throw new Error('no object')
    // Only these: what is kept should not be of its maker's size.
    const { alg, kid, typ, crit } = header as Header
    return { alg, kid, typ, crit }
  } catch {
    throw refused('token', 'a JSON Web Token, whose header is JSON')
  }
}
