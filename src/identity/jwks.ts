import { createPublicKey, type webcrypto } from 'node:crypto'
import { problem } from '../errors.ts'

/** A key of an issuer, good for one algorithm. */
export interface IssuerKey { alg: string, pem: string }

export interface JwksOptions {
  url: string
  /** Told why the set could not be had. */
  onError: (error: unknown) => void
  /** The clock: milliseconds since 1970. */
  now?: (() => number) | undefined
}

type Jwk = webcrypto.JsonWebKey & { kid?: unknown }

/** A set this old is fetched again, while its keys go on working. */
const FRESH_MS = 300_000
/** Between two fetches at the least, whoever asks for what. */
const COOLDOWN_MS = 10_000
const TIMEOUT_MS = 5_000
const MAX_BYTES = 262_144
const MIN_RSA_BITS = 2048

/**
 * The keys behind a JWKS URL. Keys that leave the set are out with the next fetch, unknown ids fetch
 * no more often than the cooldown allows, and while the issuer is down the keys known go on working.
 */
export class Jwks {
  readonly #options: JwksOptions
  readonly #now: () => number
  #keys = new Map<string, IssuerKey>()
  #fetchedAt = -Infinity
  #triedAt = -Infinity
  #hasFailed = false
  #fetching: Promise<void> | undefined

  constructor (options: JwksOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** The key of this id for this algorithm, the same object for as long as it is the same key. Throws BLF_UNAVAILABLE if that cannot be known. */
  async find (alg: string, kid: string): Promise<IssuerKey | undefined> {
    const known = this.#keys.get(nameOf(alg, kid))
    const fetching = this.#refresh(known ? FRESH_MS : 0)
    if (known) return known
    await fetching
    const found = this.#keys.get(nameOf(alg, kid))
    if (!found && this.#hasFailed) throw problem('BLF_UNAVAILABLE', 'The issuer of this token cannot be reached.')
    return found
  }

  #refresh (maxAgeMs: number): Promise<void> | undefined {
    const now = this.#now()
    const isDue = now - this.#fetchedAt >= maxAgeMs && now - this.#triedAt >= COOLDOWN_MS
    if (!isDue) return this.#fetching
    this.#triedAt = now
    this.#fetching ??= this.#fetch().finally(() => { this.#fetching = undefined })
    return this.#fetching
  }

  async #fetch (): Promise<void> {
    try {
      const keys = readKeys(await fetchJson(this.#options.url))
      for (const [name, key] of keys) {
        const before = this.#keys.get(name)
        if (before?.pem === key.pem) keys.set(name, before)
      }
      this.#keys = keys
      this.#fetchedAt = this.#now()
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      this.#options.onError(error)
    }
  }
}

const nameOf = (alg: string, kid: string) => `${alg} ${kid}`

async function fetchJson (url: string): Promise<unknown> {
  // Where the keys are is the operator's to say, not a redirect's.
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`the issuer answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`the issuer's key set is larger than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** The keys of a set that we can use; the others are for somebody else. */
function readKeys (set: unknown): Map<string, IssuerKey> {
  const { keys } = (set ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('the issuer\'s answer is no JSON Web Key Set')
  const found = new Map<string, IssuerKey>()
  for (const jwk of keys as (Jwk | null)[]) {
    const alg = jwk && algorithmOf(jwk)
    const key = alg && importKey(jwk)
    if (key && typeof jwk.kid === 'string') found.set(nameOf(alg, jwk.kid), { alg, pem: key })
  }
  return found
}

/** The one algorithm a key is for. RFC 8725 §3.1. */
function algorithmOf ({ kty, crv, alg, use, key_ops: operations }: Jwk): string | undefined {
  const own = kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined
  const isForSigning = (use ?? 'sig') === 'sig' && (!Array.isArray(operations) || operations.includes('verify'))
  return isForSigning && (alg ?? own) === own ? own : undefined
}

function importKey (jwk: Jwk): string | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    if ((key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) < MIN_RSA_BITS) return undefined
    return key.export({ type: 'spki', format: 'pem' }) as string
  } catch {
    return undefined
  }
}
