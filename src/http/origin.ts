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
  if (origin === undefined || isOwn(origin, { protocol, host }, publicOrigin) || allowed.includes(origin)) return
  throw forbidden(origin, { protocol, host }, 'ALLOWED_ORIGINS', `The origin ${shown(origin)} may not connect here; ALLOWED_ORIGINS must name it.`)
}

/**
 * Throws BLF_FORBIDDEN_ORIGIN unless a request names an origin of this server, as a page of its own does with every
 * POST. That an origin may call the API is not enough, nor is it to send no origin.
 */
export function assertOwnOrigin ({ headers: { origin }, protocol, host }: Arrival, publicOrigin: string): void {
  if (origin === undefined) throw problem('BLF_FORBIDDEN_ORIGIN', 'The cookie of a login counts only with the header Origin, which browsers send.')
  if (isOwn(origin, { protocol, host }, publicOrigin)) return
  throw forbidden(origin, { protocol, host }, 'PUBLIC_URL', `The cookie of a login is for this server's own pages, and not for ${shown(origin)}. If people reach the server there, PUBLIC_URL must name that address.`)
}

type Address = Pick<Arrival, 'protocol' | 'host'>

function isOwn (origin: string, { protocol, host }: Address, publicOrigin: string): boolean {
  return origin === `${protocol}://${host}` || (publicOrigin !== '' && origin === publicOrigin)
}

const shown = (origin: string) => URL.parse(origin)?.origin.slice(0, MAX_SHOWN) ?? 'null'

/** The error, which says and logs the setting that would let the origin in. */
function forbidden (origin: string, { protocol, host }: Address, setting: string, detail: string): Error {
  const isBehindTls = protocol === 'http' && origin === `https://${host}`
  const hint = isBehindTls ? ' If it is the server\'s own, behind a proxy that ends TLS, TRUST_PROXY must name that proxy.' : ''
  return Object.assign(problem('BLF_FORBIDDEN_ORIGIN', detail + hint), { context: { origin: origin.slice(0, MAX_SHOWN), needs: isBehindTls ? 'TRUST_PROXY' : setting } })
}

/** The origins that a request may be from. Browsers send no `Origin` with a GET to the server's own: then it may be from there, under either of its names. */
export function originsOf ({ headers: { origin }, protocol, host }: Arrival, publicOrigin: string): (string | undefined)[] {
  return origin === undefined ? [undefined, `${protocol}://${host}`, publicOrigin] : [origin]
}
