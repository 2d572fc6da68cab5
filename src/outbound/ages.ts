import { ANY_AGE, type AgeLimit } from '../log/age-limit.ts'
import type { ReaderState } from '../store/contract/readers.ts'

/** That the log's head was seen at `head`: first and last by the monotonic clock, and last by the store's. */
interface Sighting { head: number, since: number, lastAt: number }

/** How many sightings there are in the time that events have to wait: the precision of ages of events with wrong stamps. */
const PER_WAIT = 64
/** How many are kept: of more, which only a reader has that is stuck, one of the older half is dropped. */
const MAX_SIGHTINGS = 256

/**
 * How old events are. The time that is stamped on one is believed only as far as it agrees with what this node has seen of the log by
 * the store's clock and by the monotonic one, whatever the clocks of nodes say:
 *
 *     head seen at   6 ─────── 9 ─────── 12          now
 *     event 8              ╰── it came between them ──╯      at least as old as the sighting of 9, at most as that of 6
 */
export class Ages {
  readonly #waitMs: number
  /** Of growing heads. */
  readonly #sightings: Sighting[] = []
  /** The store's time less that of the monotonic clock. */
  #offset = Date.now() - performance.now()

  /** `waitMs`: how old an event has to be, milliseconds. */
  constructor (waitMs: number) {
    this.#waitMs = waitMs
  }

  /** The store's time, milliseconds since 1970, as it was when the store was asked last. */
  get now (): number {
    return Math.round(this.#offset + performance.now())
  }

  /** Takes what the store says. What the reader has passed is of no interest any more. */
  look ({ now, head, seq }: Pick<ReaderState, 'now' | 'head' | 'seq'>): void {
    this.#offset = now - performance.now()
    this.saw(head)
    const passed = this.#sightings.findLastIndex(sighting => sighting.head <= seq)
    if (passed > 0) this.#sightings.splice(0, passed)
  }

  /** Takes that there are events up to here. */
  saw (head: number): void {
    if (this.#waitMs === 0) return
    const since = performance.now()
    const last = this.#sightings.at(-1)
    if (last && last.head >= head) {
      if (last.head === head) last.lastAt = this.now
      return
    }
    // The last one moves on while it is near to the one before.
    const isNear = this.#sightings.length > 1 && since - this.#sightings.at(-2)!.since < this.#waitMs / PER_WAIT
    this.#sightings.splice(isNear ? -1 : this.#sightings.length, 1, { head, since, lastAt: this.now })
    if (this.#sightings.length > MAX_SIGHTINGS) this.#thin()
  }

  /** How old the first event is that a reader has not read, milliseconds. */
  lagOf ({ seq: place, floor, lagMs }: Pick<ReaderState, 'seq' | 'floor' | 'lagMs'>): number {
    const seq = Math.max(place, floor) + 1
    const since = this.#sightings.find(({ head }) => head >= seq)?.since ?? Infinity
    const absentAt = Math.max(...this.#sightings.filter(({ head }) => head < seq).map(({ lastAt }) => lastAt))
    return Math.max(0, performance.now() - since, Math.min(lagMs ?? 0, this.now - absentAt))
  }

  /** Which events are old enough now. */
  get limit (): AgeLimit {
    if (this.#waitMs === 0) return ANY_AGE
    const before = this.now - this.#waitMs
    const since = performance.now() - this.#waitMs
    return {
      surely: this.#sightings.findLast(sighting => sighting.since <= since)?.head ?? 0,
      possibly: this.#sightings.find(({ lastAt }) => lastAt > before)?.head ?? ANY_AGE.possibly,
      before
    }
  }

  /** Drops the one of the older half that leaves the smallest gap. */
  #thin (): void {
    let dropped = 1
    const gapOf = (place: number) => this.#sightings[place + 1]!.since - this.#sightings[place - 1]!.since
    for (let place = 2; place < MAX_SIGHTINGS / 2; place++) if (gapOf(place) < gapOf(dropped)) dropped = place
    this.#sightings.splice(dropped, 1)
  }
}
