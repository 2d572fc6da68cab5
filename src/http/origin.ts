import { problem } from '../errors.ts'

/** What the check of the origin needs of a request. */
export interface Arrival { headers: { origin?: string | undefined }, protocol: string, host: string }

const MAX_SHOWN = 200

/**
 * Browsers send an `Origin` header, other clients send none. It must be this server's, as the request names it or
 * as `PUBLIC_URL` does, or an allowed one. RFC 6455 §10.2. Throws BLF_FORBIDDEN_ORIGIN, which names the setting
 * that would allow it.
 */
export function assertOrigin ({ headers: { origin }, protocol, host }: Arrival, publicOrigin: string, allowed: string[]): void {
  if (origin === undefined || origin === `${protocol}://${host}` || (publicOrigin !== '' && origin === publicOrigin) || allowed.includes(origin)) return
  const shown = URL.parse(origin)?.origin.slice(0, MAX_SHOWN) ?? 'null'
  const behindTls = protocol === 'http' && origin === `https://${host}`
    ? ' If it is the server\'s own, behind a proxy that ends TLS, TRUST_PROXY must name that proxy.'
    : ''
  const error = problem('BLF_FORBIDDEN_ORIGIN', `The origin ${shown} may not connect here; ALLOWED_ORIGINS must name it.${behindTls}`)
  throw Object.assign(error, { context: { origin: origin.slice(0, MAX_SHOWN), needs: behindTls === '' ? 'ALLOWED_ORIGINS' : 'TRUST_PROXY' } })
}

/** The origins that a request may be from. Browsers send no `Origin` with a GET to the server's own: then it may be from there, under either of its names. */
export function originsOf ({ headers: { origin }, protocol, host }: Arrival, publicOrigin: string): (string | undefined)[] {
  return origin === undefined ? [undefined, `${protocol}://${host}`, publicOrigin] : [origin]
}
