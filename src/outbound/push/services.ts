import QuickLRU from 'quick-lru'

/** How many calls in a row must have had no answer before a push service counts as away. */
const MAX_UNANSWERED = 8
/** For how long it is left alone then, and over how long what waited for it is spread, milliseconds. */
export const AWAY = { forMs: 30_000, spreadMs: 10_000 }
/** The longest that it can ask to be left alone for, milliseconds. */
const MAX_WAIT_MS = 3_600_000
/** There are a few push services; a subscription may name any server, though. */
const MAX_SERVICES = 1_000

/**
 * Which push services are to be left alone for a while: without this, each of the thousands of messages to a service that is away would wait
 * for its answer to the end.
 */
export class PushServices {
  readonly #known = new QuickLRU<string, { unanswered: number, until: number }>({ maxSize: MAX_SERVICES })
  readonly #now: () => number

  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** For how many milliseconds the service of this origin is to be left alone: 0 for one that can be called. */
  waitFor (origin: string): number {
    return Math.max(0, (this.#known.get(origin)?.until ?? 0) - this.#now())
  }

  /** It answered. `retryAfterMs`: it wants to be left alone. */
  answered (origin: string, retryAfterMs = 0): void {
    if (retryAfterMs > 0) this.#known.set(origin, { unanswered: 0, until: this.#now() + Math.min(retryAfterMs, MAX_WAIT_MS) })
    else this.#known.delete(origin)
  }

  unanswered (origin: string): void {
    const unanswered = (this.#known.get(origin)?.unanswered ?? 0) + 1
    // One call finds out whether it is back.
    this.#known.set(origin, unanswered < MAX_UNANSWERED ? { unanswered, until: 0 } : { unanswered: MAX_UNANSWERED - 1, until: this.#now() + AWAY.forMs })
  }
}
