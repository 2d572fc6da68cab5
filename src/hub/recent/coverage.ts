/** The events with `low < seq ≤ high`, of which those up to `replayed.upTo` were replayed, by the time `replayed.at`. */
export interface Covered { low: number, high: number, replayed?: { upTo: number, at: number } | undefined }

/**
 * What a connection has sent to a device that has a name, without a hole: what an `ack` of it covers.
 *
 *     welcome ── replay ──── live ──── topic filter ──── no filter ────
 *        |<──── covered ────────>|   nothing is covered      |<─ covered ──
 */
export class Coverage {
  readonly device: string
  /** Whether an ack of it was accepted. */
  isAcked = false
  #low = Infinity
  #isFiltered = false
  #hasGap = false
  /** How far the replay is; undefined once the connection is live. */
  #replaying: number | undefined = -1
  #replayed: Covered['replayed']
  /** Up to where it is written: what a replay left out before stays left out. */
  #written = 0
  /** The last event it can have been sent, once it has ended. */
  #end = Infinity

  constructor (device: string) {
    this.device = device
  }

  /** The welcome is sent: events after `seq` follow. */
  begin (seq: number, isFiltered: boolean): void {
    this.#low = seq
    this.#isFiltered = isFiltered
    this.#replaying = seq
  }

  /** Everything up to `seq` has been replayed. */
  reached (seq: number): void {
    this.#replaying = seq
  }

  /** A `gap` is sent: events after `seq` follow, and what came before may be missing. */
  gap (seq: number): void {
    this.#low = seq
    this.#hasGap = true
    this.#replaying = seq
  }

  /** The connection is live from the event `seq` on. */
  live (seq: number): void {
    this.#replaying = undefined
    if (this.#low < seq) this.#replayed = { upTo: seq, at: Date.now() }
  }

  /** From the event `seq` on there is a topic filter, or there is none. */
  filter (isFiltered: boolean, seq: number): void {
    if (this.#isFiltered && !isFiltered) {
      this.#low = seq
      this.#replayed = undefined
    }
    this.#isFiltered = isFiltered
  }

  /** The connection has ended, and was sent nothing after `seq`. */
  end (seq: number): void {
    this.#end = Math.min(this.#end, this.#replaying ?? seq)
  }

  /** An ack is committed, and with it what of it was replayed. */
  written ({ low, high, replayed }: Covered): void {
    // One from before a filter says nothing of what follows it.
    if (low >= this.#low) this.#written = Math.max(this.#written, high)
    if (this.#replayed === replayed && high >= (replayed?.upTo ?? 0)) this.#replayed = undefined
  }

  /**
   * What an `ack` of `seq` says, where live connections were sent everything up to `sent`; undefined if it cannot be true: it is
   * beyond what was sent, there is a topic filter, or it is from before a gap.
   */
  upTo (seq: number, sent: number): Covered | undefined {
    const last = Math.min(this.#replaying ?? sent, this.#end)
    if (this.#isFiltered || seq > last || (this.#hasGap && seq < this.#low)) return undefined
    const isReplaying = this.#replaying !== undefined && this.#low < this.#replaying
    return { low: Math.max(this.#low, this.#written), high: seq, replayed: isReplaying ? { upTo: this.#replaying!, at: Date.now() } : this.#replayed }
  }
}
