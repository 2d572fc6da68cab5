import { isUtf8 } from 'node:buffer'
import { createVerifier } from 'fast-jwt'
import QuickLRU from 'quick-lru'
import { isBelfryError } from '../../errors.ts'
import { readClaims, formatSeconds, type ClaimNames, type Claims } from './claims.ts'
import { ALGORITHMS, type IssuerKey } from './jwk-set.ts'
import type { Jwks } from './jwks.ts'
import { refused } from '../refusal.ts'

export type { Claims } from './claims.ts'

/** Decodes a token after verifying its signature, `exp`, `iss` and `aud`; throws if one of them is invalid. */
type Verify = (token: string) => { payload: Record<string, unknown> }
const REQUIRED_CLAIMS = ['sub', 'iss', 'aud', 'iat', 'exp']

export interface VerifierOptions {
  /** `JWT_SECRET`: the HS256 secret that Belfry and trusted backends sign with. */
  secret: string
  /** `JWT_PREVIOUS_SECRET`: the secret before the last rotation, still accepted. */
  previousSecret?: string | undefined
  issuer: string
  audience: string
  claims: ClaimNames
  jwks?: Jwks | undefined
}

const MAX_TOKEN_LENGTH = 8192
const MAX_VERIFIED = 10_000
const MAX_HEADERS = 64
/** The `typ` of access tokens. Issuers sign other types (logout tokens, for example) with the same keys. RFC 8725 §3.11. */
const TYPES = /^(application\/)?(at\+)?jwt$/i

interface Header { alg?: unknown, kid?: unknown, typ?: unknown, crit?: unknown }

/** Verifies access tokens: each key has one algorithm, and every claim is required. Does not check whether the user and the session exist. */
export class TokenVerifier {
  readonly #options: VerifierOptions
  /** The HS256 secrets: the current one, then the previous one. */
  readonly #shared: IssuerKey[]
  readonly #verifiers = new WeakMap<IssuerKey, Verify>()
  /** Tokens whose signature was verified. The result is valid while the key is trusted; `exp` is checked each time. */
  readonly #verified = new QuickLRU<string, { header: Header, claims: Claims, key: IssuerKey }>({ maxSize: MAX_VERIFIED })
  /** Decoded headers by their text: all tokens signed with one key share it. */
  readonly #headers = new QuickLRU<string, Header>({ maxSize: MAX_HEADERS })

  constructor (options: VerifierOptions) {
    this.#options = options
    const { secret, previousSecret } = options
    this.#shared = [secret, ...(previousSecret === undefined ? [] : [previousSecret])].map(pem => ({ alg: 'HS256', pem }))
  }

  /** The claims of a valid token. Throws BLF_UNAUTHENTICATED with its `reason`, or BLF_UNAVAILABLE if the issuer's keys cannot be fetched. */
  async verify (token: string): Promise<Claims> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused('token', `${MAX_TOKEN_LENGTH} characters at most`, token.length)
    const known = this.#verified.get(token)
    const header = known?.header ?? this.#headerOf(token)
    // The header of a known token was checked; our own secrets are trusted for as long as the process lives.
    const keys = known && this.#shared.includes(known.key) ? this.#shared : await this.#keysOf(header)
    if (known && keys.includes(known.key)) {
      const { exp } = known.claims
      if (exp * 1000 > Date.now()) return known.claims
      this.#verified.delete(token)
      throw refused('claim exp', `later than ${formatSeconds(Date.now() / 1000)}`, formatSeconds(exp))
    }
    const { key, payload } = this.#checkSignature(token, keys)
    // In a token of another issuer, `sid` is a session of that issuer and not of Belfry.
    const isOwn = this.#shared.includes(key) && payload['sid'] !== undefined
    const claims = readClaims(payload, this.#options.claims, isOwn)
    this.#verified.set(token, { header, claims, key })
    return claims
  }

  #headerOf (token: string): Header {
    // Not `split`, because only the first of the three parts is needed.
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
    if (typeof kid !== 'string') throw refused('header kid', 'the id of a key in the set at JWKS_URL', kid)
    const key = await jwks.find(alg, kid)
    if (!key) throw refused('header kid', `the id of an ${alg} key in the set at JWKS_URL`, kid)
    return [key]
  }

  /** Finds the key that signed the token, and decodes the payload. */
  #checkSignature (token: string, keys: IssuerKey[]): { key: IssuerKey, payload: Record<string, unknown> } {
    for (const key of keys) {
      try {
        const { payload } = this.#verifierOf(key)(token)
        // Decoding other bytes would replace them: two subjects could become one user.
        if (!isUtf8(Buffer.from(token.split('.')[1]!, 'base64url'))) throw refused('token', 'claims in UTF-8')
        return { key, payload }
      } catch (error) {
        if (isBelfryError(error)) throw error
        const { code } = error as { code?: string }
        if (code !== 'FAST_JWT_INVALID_SIGNATURE') throw this.#explain(error as Error & { code?: string }, token)
      }
    }
    throw refused('signature', keys === this.#shared ? 'made with JWT_SECRET' : 'made with the key that `kid` names')
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
        // The library's clock tolerance would apply to `exp` too; `readClaims` checks `nbf`.
        ignoreNotBefore: true,
        cache: false,
        complete: true
      }) as Verify
      this.#verifiers.set(key, verify)
    }
    return verify
  }

  /** Turns an error of the library, except one about the signature, into a refusal with its reason. */
  #explain ({ code, message }: Error & { code?: string }, token: string): Error {
    const claim = code === 'FAST_JWT_EXPIRED' ? 'exp' : /^(?:The|None of) (\w+) claim/.exec(message)?.[1]
    if (claim === undefined) return refused('token', 'a JSON Web Token in three parts, with an object of claims')
    const { issuer, audience } = this.#options
    const expected: Record<string, string> = { iss: issuer, aud: audience, exp: `later than ${formatSeconds(Date.now() / 1000)}` }
    // Decoded only for the log; no decision depends on it.
    const seen = (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>)[claim]
    return refused(`claim ${claim}`, expected[claim] ?? 'present', code === 'FAST_JWT_EXPIRED' ? formatSeconds(seen as number) : seen)
  }
}

/** Decodes a token's header. It is not verified: it may select one of the trusted keys, and nothing else. */
function readHeader (text: string): Header {
  try {
    const header: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (typeof header !== 'object' || header === null) throw new Error('no object')
    // Only these fields, so that the size of a cached header is bounded.
    const { alg, kid, typ, crit } = header as Header
    return { alg, kid, typ, crit }
  } catch {
    throw refused('token', 'a JSON Web Token with a JSON header')
  }
}
