import { createPublicKey, type webcrypto } from 'node:crypto'

/** A public key of an issuer, or the shared secret, and the one algorithm it may be used with. */
export interface IssuerKey { alg: string, pem: string }

type Jwk = webcrypto.JsonWebKey & { kid?: unknown }

const TIMEOUT_MS = 5_000
const MAX_BYTES = 262_144
const MIN_RSA_BITS = 2048

/** The algorithms supported for issuers' keys. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA']

/** The key under which a set is indexed: algorithm and key id. */
export const nameOf = (alg: string, kid: string) => `${alg} ${kid}`

/** Fetches a JWK Set and returns its usable keys. Throws if it has none, because an issuer that signs tokens has at least one. */
export async function fetchKeys (url: string): Promise<Map<string, IssuerKey>> {
  const keys = readKeys(await fetchJson(url))
  if (keys.size === 0) throw new Error('the issuer\'s key set has no usable key: one for RS256, ES256 or EdDSA, with a `kid`')
  return keys
}

async function fetchJson (url: string): Promise<unknown> {
  // The operator decides where the keys are; a redirect could point anywhere.
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

/** The usable keys of a JWK Set; others are ignored, as RFC 7517 §5 asks. */
function readKeys (set: unknown): Map<string, IssuerKey> {
  const { keys } = (set ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('the issuer\'s answer is not a JSON Web Key Set')
  const found = new Map<string, IssuerKey>()
  for (const jwk of keys as (Jwk | null)[]) {
    const alg = jwk && algorithmOf(jwk)
    const key = alg && importKey(jwk)
    if (key && typeof jwk.kid === 'string') found.set(nameOf(alg, jwk.kid), { alg, pem: key })
  }
  return found
}

/** The one algorithm a key is for; undefined if it is not supported, or not for signatures. RFC 8725 §3.1. */
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
