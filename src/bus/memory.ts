import { Listeners, type Bus, type Hint } from './bus.ts'

/** Connects nodes of one process; also serves a single node, which then has nobody to tell. */
export class Exchange {
  readonly #members = new Map<Bus, { epoch: string, hints: Listeners<Hint> }>()

  /** A node's end of the bus. */
  join (epoch: string): Bus {
    const members = this.#members
    const hints = new Listeners<Hint>()
    const bus: Bus = {
      isUp: true,
      publish (hint) {
        if (!members.has(bus)) return
        for (const [member, other] of members) {
          if (member === bus || other.epoch !== hint.epoch) continue
          // Asynchronous, as from another machine: a listener must not run inside `publish`.
          queueMicrotask(() => { if (members.has(member)) other.hints.emit(hint) })
        }
      },
      onHint: listener => hints.add(listener),
      onChange: () => {},
      close: async () => { members.delete(bus) }
    }
    members.set(bus, { epoch, hints })
    return bus
  }
}
