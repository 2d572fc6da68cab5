import type { LogEvent, Store, UserRecord } from './store/store.ts'

/** The users this node has met lately, kept up with the log, so that a request costs no read. */
export class Directory {
  readonly #store: Pick<Store, 'user'>
  readonly #capacity: number
  readonly #users = new Map<string, UserRecord>()
  /** Counts changes: a read that one overtook is not kept. */
  #changes = 0

  constructor (store: Pick<Store, 'user'>, capacity = 100_000) {
    this.#store = store
    this.#capacity = capacity
  }

  async get (id: string): Promise<UserRecord | undefined> {
    const known = this.#users.get(id)
    if (known) return known
    const before = this.#changes
    const user = await this.#store.user(id)
    if (user && before === this.#changes) this.#keep(user)
    return user
  }

  /** Takes the log's events: who changed is read anew. */
  follow (events: LogEvent[]): void {
    for (const { kind, body } of events) {
      if (kind !== 'user.updated') continue
      this.#changes += 1
      this.#users.delete((JSON.parse(body) as { id: string }).id)
    }
  }

  #keep (user: UserRecord): void {
    // The oldest goes: a Map keeps the order of insertion.
    if (this.#users.size >= this.#capacity) this.#users.delete(this.#users.keys().next().value!)
    this.#users.set(user.id, user)
  }
}
