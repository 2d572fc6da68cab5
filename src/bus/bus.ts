import type { LogEvent } from '../log/event.ts'

/** That the log has grown: `from` to `to`, with the events themselves while they are small. */
export interface Hint {
  epoch: string
  from: number
  to: number
  /** All of them, `from` to `to`, in order, without their origins. */
  events?: LogEvent[] | undefined
}

/**
 * Tells the other nodes that there is something to read. `test/contract/bus.ts` proves it for every
 * kind.
 *
 * - A hint is no more than that: it may be lost, doubled or late, and nobody may depend on it. The
 *   log is the truth.
 * - `publish` never waits, never throws and never fails a send, whatever state the bus is in.
 * - A node is not told of its own hints, and only of those of its own epoch.
 * - A hint that is no hint (malformed, of another version) is not passed on.
 */
export interface Bus {
  publish (hint: Hint): void
  onHint (listener: (hint: Hint) => void): void
  /** Whether hints can be expected to come and go right now. */
  readonly isUp: boolean
  /** Calls `listener` when `isUp` has changed. */
  onChange (listener: (isUp: boolean) => void): void
  close (): Promise<void>
}

/** What hints and their changes are told to. */
export class Listeners<T> {
  readonly #listeners: ((value: T) => void)[] = []

  add (listener: (value: T) => void): void {
    this.#listeners.push(listener)
  }

  tell (value: T): void {
    for (const listener of this.#listeners) listener(value)
  }
}
