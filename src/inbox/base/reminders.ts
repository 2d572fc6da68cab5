import type { BelfryClient } from './clients.ts'

const known = new WeakMap<BelfryClient, Reminders>()

/** The reminder of a client that its reader has not answered: the latest one. Elements with the same client share it. */
export class Reminders {
  /** The id of what must be acknowledged. */
  id: string | undefined
  readonly #listeners = new Set<(isNew: boolean) => void>()

  static of (client: BelfryClient): Reminders {
    const reminders = known.get(client) ?? new Reminders(client)
    known.set(client, reminders)
    return reminders
  }

  constructor (client: BelfryClient) {
    client.on('notification.reminder', ({ payload: { id } }) => this.#set(id))
    const end = ({ payload: { ids } }: { payload: { ids: string[] } }) => ids.forEach(id => this.answer(id))
    client.on('notification.acknowledged', end)
    client.on('notification.recalled', end)
  }

  /** Calls `listener` after every change, with whether a reminder has come; returns its end. */
  subscribe (listener: (isNew: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** It was acknowledged, or the reader wants to hear no more of it now. */
  answer (id: string): void {
    if (this.id === id) this.#set(undefined)
  }

  #set (id: string | undefined): void {
    this.id = id
    for (const listener of this.#listeners) listener(id !== undefined)
  }
}
