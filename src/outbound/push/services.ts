import QuickLRU from 'quick-lru'

/** How many calls in a row must have had no answer before a push service counts as away. */
const MAX_UNANSWERED = 8
/** For how long it is left alone then, and over how long what waited for it is spread, milliseconds. */
export const AWAY = { forMs: 30_000, spreadMs: 10_000 }
/**
 * Milliseconds: what takes `lateMs` takes long, and is not waited for any more; what finds no room is put off for `putOffMs`, once a call had no answer at all
 * for `silentMs`; a call that nobody tells of within `outMs`, as its node was killed, is made again.
 */
export const PACE = { lateMs: 500, putOffMs: 2_000, silentMs: 15_000 }
/** The longest that it can ask to be left alone for, milliseconds. */
const MAX_WAIT_MS = 3_600_000
/** There are a few push services; a subscription may name any server, though. */
const MAX_SERVICES = 10_000

/** How a push service answers: `prompt` ones in time, `slow` ones later, `silent` ones not; of a `new` one, nothing is known. */
export type Pace = 'new' | 'prompt' | 'slow' | 'silent'

interface Service { unanswered: number, /** By `performance.now()`. */ until: number, pace: Pace }

/**
 * How push services answer, and which of them are to be left alone for a while: without this, each of the thousands of messages to one that is away would
 * wait for its answer to the end.
 */
export class PushServices {
  readonly #known = new QuickLRU<string, Service>({ maxSize: MAX_SERVICES })
  readonly #now: () => number

  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** For how many milliseconds the service of this origin is to be left alone: 0 for one that can be called. */
  waitFor (origin: string): number {
    return Math.max(0, this.#of(origin).until - this.#now())
  }

  /** Whether the last call had no answer. */
  hasFailed (origin: string): boolean {
    return this.#of(origin).unanswered > 0
  }

  paceOf (origin: string): Pace {
    return this.#of(origin).pace
  }

  /** Notes how it answers. */
  pacedAt (origin: string, pace: Pace): void {
    this.#known.set(origin, { ...this.#of(origin), pace })
  }

  /** It answered. `retryAfterMs`: it wants to be left alone. */
  answered (origin: string, retryAfterMs = 0): void {
    const { pace } = this.#of(origin)
    this.#known.set(origin, { unanswered: 0, until: retryAfterMs > 0 ? this.#now() + Math.min(retryAfterMs, MAX_WAIT_MS) : 0, pace })
  }

  unanswered (origin: string): void {
    const { unanswered: before, pace } = this.#of(origin)
    const unanswered = before + 1
    // One call finds out whether it is back.
    this.#known.set(origin, unanswered < MAX_UNANSWERED ? { unanswered, until: 0, pace } : { unanswered: MAX_UNANSWERED - 1, until: this.#now() + AWAY.forMs, pace })
  }

  #of (origin: string): Service {
    return this.#known.get(origin) ?? { unanswered: 0, until: 0, pace: 'new' }
  }
}
