import type { Random } from '../../random.ts'

/** What becomes of a call of a receiver. */
export type Fate = 'taken' | 'away' | 'refused' | 'hung'

/** Of how many calls one is refused, and one never answered. */
const FAILS_EACH = 20
const HANGS_EACH = 80
/** How long a receiver may hang before it breaks the connection, and be away, milliseconds. */
export const HANGING_MS = 200
const AWAY_MS = 300

/** The fates of one receiver's calls. */
export class Fates {
  readonly #random: Random
  #count = 0
  #awayUntil = 0

  constructor (random: Random) {
    this.#random = random
  }

  /** That of the next call; one that is not faulty takes everything. */
  next (isFaulty: boolean): Fate {
    const count = this.#count++
    if (!isFaulty) return 'taken'
    if (this.#random.oneIn(200)) this.#awayUntil = performance.now() + AWAY_MS
    if (performance.now() < this.#awayUntil) return 'away'
    if (count % FAILS_EACH === 7) return 'refused'
    return count % HANGS_EACH === 17 ? 'hung' : 'taken'
  }
}
