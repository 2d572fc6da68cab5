import { parseCursor } from '../../../../src/protocol/cursor.ts'
import type { Journal } from '../../journal.ts'

/** What users had muted at a place of the log, as far as the answers to their changes tell. */
export class Mutes {
  readonly #changes = new Map<string, { low: number, high: number, isOff: boolean }[]>()

  constructor (mutes: Journal['mutes']) {
    for (const { user, topic, inbox, after, until } of mutes) {
      const change = { low: parseCursor(after)!.seq, high: parseCursor(until)!.seq, isOff: inbox === 'off' }
      const name = JSON.stringify([user, topic])
      this.#changes.set(name, [...this.#changes.get(name) ?? [], change])
    }
  }

  mustBe (user: string, topic: string | undefined, seq: number): boolean {
    return !this.#states(user, topic, seq).includes(false)
  }

  mayBe (user: string, topic: string | undefined, seq: number): boolean {
    return this.#states(user, topic, seq).includes(true)
  }

  /** Whether it may have been muted (true) and may not have been (false). */
  #states (user: string, topic: string | undefined, seq: number): boolean[] {
    const changes = this.#changes.get(JSON.stringify([user, topic])) ?? []
    const before = changes.findLast(({ high }) => high <= seq)?.isOff ?? false
    return [before, ...changes.filter(({ low, high }) => low < seq && high > seq).map(({ isOff }) => isOff)]
  }
}
