/** What one run of a `LoopProbe` saw of the event loop. */
export interface LoopReport {
  /** Turns that the event loop took. */
  turns: number
  /** The longest of them, milliseconds: how long everything else had to wait. */
  longestMs: number
  /** The most that was counted in one turn. */
  mostInOneTurn: number
}

/**
 * Watches the turns of the event loop while something runs: how long the longest was, and how much
 * work, as counted by `count`, was done in one. Times depend on the machine, so tests assert the work
 * per turn and only print the time.
 */
export class LoopProbe {
  #turns = 0
  #longestMs = 0
  #mostInOneTurn = 0
  #inThisTurn = 0

  /** Counts work that is done in the current turn. */
  count (work = 1): void {
    this.#inThisTurn += work
    this.#mostInOneTurn = Math.max(this.#mostInOneTurn, this.#inThisTurn)
  }

  async watch (run: () => Promise<unknown>): Promise<LoopReport> {
    let isOver = false
    let begin = performance.now()
    const turn = () => {
      const now = performance.now()
      this.#longestMs = Math.max(this.#longestMs, now - begin)
      begin = now
      this.#turns += 1
      this.#inThisTurn = 0
      if (!isOver) setImmediate(turn)
    }
    setImmediate(turn)
    try {
      await run()
    } finally {
      isOver = true
    }
    return { turns: this.#turns, longestMs: this.#longestMs, mostInOneTurn: this.#mostInOneTurn }
  }
}
