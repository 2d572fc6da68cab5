import { Listeners, type Bus, type Hint } from './bus.ts'

/** Connects nodes of one process; also serves a single node, which then has nobody to tell. */
export class Exchange {
  readonly #members = new Map<Bus, { epoch: string, hints: Listeners<Hint>, told: Listeners<string> }>()

  /** A node's end of the bus. */
  join (epoch: string): Bus {
    const members = this.#members
    const hints = new Listeners<Hint>()
    const told = new Listeners<string>()
    const toOthers = (epoch: string, emit: (other: { hints: Listeners<Hint>, told: Listeners<string> }) => void) => {
      if (!members.has(bus)) return
      for (const [member, other] of members) {
        if (member === bus || other.epoch !== epoch) continue
        // Asynchronous, as from another machine: a listener must not run inside `publish`.
        queueMicrotask(() => { if (members.has(member)) emit(other) })
      }
    }
    const bus: Bus = {
      isUp: true,
      publish: hint => toOthers(hint.epoch, other => other.hints.emit(hint)),
      onHint: listener => hints.add(listener),
      tell: text => toOthers(epoch, other => other.told.emit(text)),
      onTold: listener => told.add(listener),
      onChange: () => {},
      close: async () => { members.delete(bus) }
    }
    members.set(bus, { epoch, hints, told })
    return bus
  }
}
