import type { Transport } from './transport.ts'

/** How long a transport is left alone once it was found to be blocked, milliseconds. */
const BLOCKED_MS = 600_000
/** So many times in a row the server answers although the transport came to nothing. */
const ENOUGH = 2

/**
 * Which transport to use: the first, but for a while the next one if the first is blocked on the way. One failure is not
 * enough: a restart of the server, with which every client meets one, must not move them all.
 */
export interface Choice {
  readonly _current: Transport
  /** Milliseconds until the first transport is to be tried again; undefined if it is in use. */
  _again (): number | undefined
  /** The transport to open a link with. */
  _next (): Transport
  /** The transport is not blocked, or nothing is known of that: its failures in a row begin anew. */
  _clear (): void
  /** The server answers, but this transport did not get through to it. Returns whether it is known to be blocked: the next one is used now. */
  _isBlocked (): boolean
}

export function createChoice (transports: readonly Transport[], now: () => number): Choice {
  let index = 0
  let failures = 0
  let until = 0
  const again = () => index > 0 ? Math.max(0, until - now()) : undefined
  return {
    get _current () { return transports[index]! },
    _again: again,
    _next () {
      if (again() === 0) {
        index = 0
        // One failure more is enough to know that it is still blocked.
        failures = ENOUGH - 1
      }
      return transports[index]!
    },
    _clear () { failures = 0 },
    _isBlocked () {
      if (++failures < ENOUGH) return false
      // The only one there is goes on being tried.
      if (transports.length < 2) return true
      index = (index + 1) % transports.length
      failures = 0
      until = now() + BLOCKED_MS
      return true
    }
  }
}
