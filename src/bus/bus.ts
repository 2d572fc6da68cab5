import type { LogEvent } from '../log/event.ts'

/** Says that the log has grown by the events `from` to `to` (seqs), and has the events themselves if they are small. */
export interface Hint {
  epoch: string
  from: number
  to: number
  /** All events `from` to `to` in order, without their origins. */
  events?: LogEvent[] | undefined
}

/**
 * Tells the other nodes that the log has grown. `test/contract/bus.ts` proves this contract for every
 * implementation.
 *
 * - A hint may be lost, doubled or late, and nothing may depend on it: the log is authoritative.
 * - `publish` never waits, never throws and never fails a send, whatever state the bus is in.
 * - A node does not receive its own hints, and only receives hints of its own epoch.
 * - A message that is not a hint (malformed, or of another version) is skipped.
 * - What nodes `tell` each other beside the hints has the same guarantees, in an order of its own: a text, for
 *   whoever listens to make something of.
 */
export interface Bus {
  publish (hint: Hint): void
  onHint (listener: (hint: Hint) => void): void
  /** Tells the other nodes something that is not about the log, `MAX_MESSAGE_BYTES` at most. */
  tell (text: string): void
  onTold (listener: (text: string) => void): void
  /** Whether hints can be sent and received right now. */
  readonly isUp: boolean
  /** Calls `listener` when `isUp` has changed. */
  onChange (listener: (isUp: boolean) => void): void
  close (): Promise<void>
}

/** The listeners of one kind of event of a bus. */
export class Listeners<T> {
  readonly #listeners: ((value: T) => void)[] = []

  add (listener: (value: T) => void): void {
    this.#listeners.push(listener)
  }

  emit (value: T): void {
    for (const listener of this.#listeners) listener(value)
  }
}
