import type { Wire } from './connection.ts'
import type { Encoding } from './encoding.ts'
import type { Roster } from './roster.ts'

/** Wires that a drain closes at the same time. */
const STEP = 500

/** Every open wire of this node, whatever its transport: what a shutdown has to close. */
export class OpenWires {
  readonly #roster: Roster
  /** Those without a registered connection: not authenticated yet, or about to close. */
  readonly #others = new Set<Wire>()
  #onEmpty: (() => void) | undefined

  /** `roster`: the connections of all other wires. */
  constructor (roster: Roster) {
    this.#roster = roster
  }

  /** How many registered connections have an encoding. */
  countOf (encoding: Encoding): number {
    return this.#roster.countOf(encoding)
  }

  /** A wire is open, and its connection is not in the roster: not yet, or no longer. */
  add (wire: Wire): void {
    this.#others.add(wire)
  }

  /** A wire's connection is in the roster now. */
  registered (wire: Wire): void {
    this.#others.delete(wire)
  }

  /** A wire is closed, and its connection is not in the roster. */
  closed (wire: Wire): void {
    this.#others.delete(wire)
    if (this.#isEmpty) this.#onEmpty?.()
  }

  /**
   * Closes every wire with 1012 (restart): `STEP` of them at a time, spread over the first half of
   * `drainMs`, so that clients do not all reconnect at once. What is still open after `drainMs` is cut.
   * Resolves when no wire is open.
   */
  async drain (drainMs: number): Promise<void> {
    if (this.#isEmpty) return
    const { promise: emptied, resolve } = Promise.withResolvers<void>()
    this.#onEmpty = resolve
    const wires = this.#all()
    const pause = drainMs / 2 / Math.ceil(wires.length / STEP)
    const close = (start: number) => wires.slice(start, start + STEP).forEach(wire => wire.close(1012))
    close(0)
    const timers: NodeJS.Timeout[] = []
    for (let start = STEP; start < wires.length; start += STEP) timers.push(setTimeout(close, pause * (start / STEP), start))
    timers.push(setTimeout(() => this.#all().forEach(wire => wire.terminate()), drainMs))
    await emptied
    timers.forEach(clearTimeout)
  }

  #all (): Wire[] {
    return [...[...this.#roster.all()].map(({ wire }) => wire), ...this.#others]
  }

  get #isEmpty (): boolean {
    return this.#roster.size === 0 && this.#others.size === 0
  }
}
