import { Type, type Static } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { createVerifier } from 'fast-jwt'
import { problem } from '../errors.ts'
import type { IssuerKey, Jwks } from './jwks.ts'
import { RecentMap } from '../recent-map.ts'

const NAME = /^[^\p{Cc}\p{Cs}]{1,128}$/u
/** The last moment that a Date can show as RFC 3339, seconds since 1970. */
const LAST_SECOND = 253_402_300_799

const Claims = Type.Object({
  sub: Type.RegExp(/^[A-Za-z0-9._:-]{1,128}$/),
  role: Type.RegExp(NAME),
  company: Type.Optional(Type.RegExp(NAME)),
  sid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  iat: Type.Number({ minimum: 0 }),
  exp: Type.Number({ maximum: LAST_SECOND })
})
/** The claims of an access token. */
export type Claims = Static<typeof Claims>
const compiled = TypeCompiler.Compile(Claims)

/** Takes a token apart if its signature, times and names are right; throws if not. */
type Verify = (token: string) => { payload: Record<string, unknown> }
const REQUIRED_CLAIMS = ['sub', 'iss', 'aud', 'iat', 'exp']

export interface VerifierOptions {
  /** `JWT_SECRET`: what Belfry and the backends beside it sign with. */
  secret: string
  issuer: string
  audience: string
  /** Under which claims other backends say where their users stand; a dot steps into an object. */
  claims: { role: string, company: string }
  jwks?: Jwks | undefined
}

const MAX_TOKEN_LENGTH = 8192
const MAX_VERIFIED = 10_000
const MAX_HEADERS = 64
/** Clocks of two machines may differ by this much before a token counts as minted in the future. */
const CLOCK_SKEW_SECONDS = 60
/** Other types (a logout token, say) are signed by the same keys and are no access tokens. RFC 8725 §3.11. */
const TYPES = /^(application\/)?(at\+)?jwt$/i

interface Header { alg?: unknown, kid?: unknown, typ?: unknown, crit?: unknown }

/** Judges access tokens: one algorithm a key, every claim required. What they say of users is judged by others. */
export class TokenVerifier {
  readonly #options: VerifierOptions
  readonly #shared: IssuerKey
  readonly #verifiers = new WeakMap<IssuerKey, Verify>()
  /** A signature stays what it is for as long as its key is trusted; time does not. */
  readonly #verified = new RecentMap<string, { header: Header, claims: Claims, key: IssuerKey }>(MAX_VERIFIED)
  /** Headers by their text, which all tokens of one issuer share. */
  readonly #headers = new RecentMap<string, Header>(MAX_HEADERS)

  constructor (options: VerifierOptions) {
    this.#options = options
    this.#shared = { alg: 'HS256', pem: options.secret }
  }

  /** The claims of a token that is valid now; throws BLF_UNAUTHENTICATED, or BLF_UNAVAILABLE if its issuer's keys cannot be had. */
  async verify (token: string): Promise<Claims> {
    if (token.length > MAX_TOKEN_LENGTH) throw problem('BLF_UNAUTHENTICATED')
    const known = this.#verified.get(token)
    const header = known?.header ?? this.#headerOf(token)
    const key = await this.#keyOf(header)
    if (known?.key === key) {
      if (known.claims.exp * 1000 > Date.now()) return known.claims
      this.#verified.delete(token)
      throw problem('BLF_UNAUTHENTICATED')
    }
    const claims = this.#readClaims(this.#checkSignature(token, key), key)
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

  async #keyOf ({ alg, kid, typ, crit }: Header): Promise<IssuerKey> {
    // RFC 7515 §4.1.11: extensions we do not understand must not be ignored.
    const isOurs = crit === undefined && (typ === undefined || (typeof typ === 'string' && TYPES.test(typ)))
    if (isOurs && alg === this.#shared.alg) return this.#shared
    const { jwks } = this.#options
    const key = isOurs && jwks && typeof alg === 'string' && typeof kid === 'string' ? await jwks.find(alg, kid) : undefined
    if (!key) throw problem('BLF_UNAUTHENTICATED')
    return key
  }

  #checkSignature (token: string, key: IssuerKey): Record<string, unknown> {
    const { issuer, audience } = this.#options
    let verify = this.#verifiers.get(key)
    if (!verify) {
      verify = createVerifier({
        key: key.pem,
        algorithms: [key.alg as 'HS256'],
        allowedIss: issuer,
        allowedAud: audience,
        requiredClaims: REQUIRED_CLAIMS,
        cache: false,
        complete: true
      }) as Verify
      this.#verifiers.set(key, verify)
    }
    try {
      return verify(token).payload
    } catch {
      throw problem('BLF_UNAUTHENTICATED')
    }
  }

  #readClaims (payload: Record<string, unknown>, key: IssuerKey): Claims {
    const { sid, ...foreign } = payload
    // An issuer's `sid` is a session of its own, which we know nothing of.
    const isOwn = key === this.#shared && sid !== undefined
    const { claims: names } = this.#options
    const company = claimAt(payload, names.company)
    const claims = isOwn ? payload : { ...foreign, role: claimAt(payload, names.role), company }
    if (!isOwn && company === undefined) delete (claims as Partial<Claims>).company
    if (!compiled.Check(claims)) throw problem('BLF_UNAUTHENTICATED')
    if (claims.iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS) throw problem('BLF_UNAUTHENTICATED')
    const { sub, role, iat, exp } = claims
    return { sub, role, iat, exp, ...(claims.company === undefined ? {} : { company: claims.company }), ...(claims.sid === undefined ? {} : { sid: claims.sid }) }
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
    throw problem('BLF_UNAUTHENTICATED')
  }
}

/** A claim by its name, or, where there is none, by the steps its dots stand for. */
function claimAt (payload: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string, unknown>)[step]
  }
  return value
}
