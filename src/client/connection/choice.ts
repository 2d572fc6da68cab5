import type { Transport } from '../transport.ts'

/** How long a transport is left alone once it was found to be blocked, milliseconds. */
const BLOCKED_MS = 600_000
/** So many times in a row the server answers although the transport came to nothing. */
const ENOUGH = 2

/**
 * Which transport to use: the first, but for a while the next one if the first is blocked on the way. One failure is not
 * enough: a restart of the server, with which every client meets one, must not move them all.
 */
export class Choice {
  readonly #transports: readonly Transport[]
  #index = 0
  #failures = 0
  #until = 0

  constructor (transports: readonly Transport[]) {
    this.#transports = transports
  }

  get current (): Transport { return this.#transports[this.#index]! }

  /** Milliseconds until the first transport is to be tried again; undefined if it is in use. */
  again (now: number): number | undefined {
    return this.#index > 0 ? Math.max(0, this.#until - now) : undefined
  }

  /** The transport to open a link with. */
  next (now: number): Transport {
    if (this.again(now) === 0) {
      this.#index = 0
      // One failure more is enough to know that it is still blocked.
      this.#failures = ENOUGH - 1
    }
    return this.current
  }

  /** The transport is not blocked, or nothing is known of that: its failures in a row begin anew. */
  clear (): void {
    this.#failures = 0
  }

  /** The server answers, but this transport does not get through to it. Returns whether there is another one to use now. */
  blocked (now: number): boolean {
    if (++this.#failures < ENOUGH || this.#transports.length < 2) return false
    this.#index = (this.#index + 1) % this.#transports.length
    this.#failures = 0
    this.#until = now + BLOCKED_MS
    return true
  }
}
