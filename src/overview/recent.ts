/** Durations are sorted into buckets, four to a doubling: a percentile is at most a fifth too high. */
const PER_DOUBLING = 4
const SMALLEST_MS = 0.01
const BUCKETS = 100
/** How long durations are remembered: this long at least, twice as long at most. */
const WINDOW_MS = 30_000

/** The durations of the last 30 to 60 seconds, for their percentiles. Observing one costs no more than a logarithm. */
export class RecentDurations {
  readonly #now: () => number
  #current = new Uint32Array(BUCKETS)
  #previous = new Uint32Array(BUCKETS)
  #since: number

  /** `now`: milliseconds, monotonic. */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
    this.#since = now()
  }

  observe (ms: number): void {
    this.#turn()
    const bucket = ms <= SMALLEST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(ms / SMALLEST_MS) * PER_DOUBLING))
    this.#current[bucket]! += 1
  }

  /** The duration that 99 of 100 did not exceed, milliseconds; null if there was none. */
  p99 (): number | null {
    this.#turn()
    let total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) total += this.#current[bucket]! + this.#previous[bucket]!
    if (total === 0) return null
    let beyond = total * 0.01
    let bucket = BUCKETS - 1
    for (; bucket > 0; bucket--) {
      beyond -= this.#current[bucket]! + this.#previous[bucket]!
      if (beyond < 0) break
    }
    return rounded(SMALLEST_MS * 2 ** (bucket / PER_DOUBLING))
  }

  #turn (): void {
    const now = this.#now()
    if (now - this.#since < WINDOW_MS) return
    const [before, emptied] = now - this.#since < 2 * WINDOW_MS ? [this.#current, this.#previous] : [this.#previous, this.#current]
    emptied.fill(0)
    // After a long silence neither is recent.
    if (before === this.#previous) before.fill(0)
    this.#previous = before
    this.#current = emptied
    this.#since = now
  }
}

/** The highest value of this second and the one before. */
export class RecentPeak {
  readonly #now: () => number
  #second = 0
  #current = 0
  #previous = 0

  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  observe (value: number): void {
    this.#turn()
    if (value > this.#current) this.#current = value
  }

  get value (): number {
    this.#turn()
    return Math.max(this.#current, this.#previous)
  }

  #turn (): void {
    const second = Math.floor(this.#now() / 1000)
    if (second === this.#second) return
    this.#previous = second === this.#second + 1 ? this.#current : 0
    this.#current = 0
    this.#second = second
  }
}

/** Three digits are enough to look at. */
export function rounded (value: number): number {
  return Number(value.toPrecision(3))
}
