import type { LogEvent } from '../log/event.ts'

/** How many are remembered: they are few, and devices acknowledge soon. */
const MAX = 1_000

/** The newest notifications that had been recalled before this node read them: no live connection was sent them. */
export class Unsent {
  readonly #seqs: number[] = []

  /** Takes contiguous events, as the hub does. */
  follow (events: LogEvent[]): void {
    // A recalled notification has no keys.
    for (const { kind, keys, seq } of events) if (kind === 'notification' && keys.length === 0) this.#seqs.push(seq)
    if (this.#seqs.length > MAX) this.#seqs.splice(0, this.#seqs.length - MAX)
  }

  /** Those with `low < seq ≤ high`. */
  within (low: number, high: number): number[] {
    return this.#seqs.slice(this.#seqs.findLastIndex(seq => seq <= low) + 1).filter(seq => seq <= high)
  }
}
