import type { IncomingHttpHeaders } from 'node:http'
import { problem } from '../errors.ts'
import { assertOwnOrigin, type Arrival } from './origin.ts'

export const SESSION_COOKIE = 'belfry_refresh'

/** The cookies of this name in a request; a browser sends several if another site of the domain has set one too. RFC 6265 §5.4. */
function cookiesOf ({ cookie = '' }: IncomingHttpHeaders, name: string): string[] {
  return cookie.split(';').map(pair => pair.trim()).filter(pair => pair.startsWith(`${name}=`)).map(pair => pair.slice(name.length + 1))
}

/**
 * The cookie that keeps the refresh token of a browser's session from its pages. It is sent to the routes of
 * `/api/auth` only, under the path prefix of `PUBLIC_URL`, and by pages of the same site only; whoever takes it
 * demands besides that the request names an origin of the server's own.
 */
export class SessionCookie {
  readonly #path: string
  readonly #publicOrigin: string

  constructor ({ path, origin }: { path: string, origin: string }) {
    this.#path = `${path}/api/auth`
    this.#publicOrigin = origin
  }

  /** The refresh token in the cookie; undefined if there is none. Throws BLF_FORBIDDEN_ORIGIN unless the request is from a page of this server. */
  read (arrival: Arrival & { headers: IncomingHttpHeaders }): string | undefined {
    const tokens = cookiesOf(arrival.headers, SESSION_COOKIE)
    if (tokens.length === 0) return undefined
    assertOwnOrigin(arrival, this.#publicOrigin)
    // Somebody has planted another one, and which of them is ours cannot be told.
    if (tokens.length > 1) throw problem('BLF_UNAUTHENTICATED')
    return tokens[0]
  }

  /** The same, but undefined where `read` throws: for a request that has other credentials. */
  readIfOwn (arrival: Arrival & { headers: IncomingHttpHeaders }): string | undefined {
    try {
      return this.read(arrival)
    } catch {
      return undefined
    }
  }

  /** Whether a request has the cookie. */
  isIn (headers: IncomingHttpHeaders): boolean {
    return cookiesOf(headers, SESSION_COOKIE).length > 0
  }

  /** Throws BLF_FORBIDDEN_ORIGIN if the request is from a page of somebody else. Programs send no origin. */
  assertNoOtherOrigin (arrival: Arrival): void {
    if (arrival.headers.origin !== undefined) assertOwnOrigin(arrival, this.#publicOrigin)
  }

  /** The header `Set-Cookie` that keeps a token for so many seconds; with 0 seconds it removes the cookie. */
  header (arrival: Arrival, token: string, seconds: number): string {
    const { headers: { origin }, protocol } = arrival
    // What the page was loaded over counts, not what the proxy speaks to us.
    const isSecure = protocol === 'https' || (origin ?? this.#publicOrigin).startsWith('https:')
    return `${SESSION_COOKIE}=${token}; Path=${this.#path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  }
}
