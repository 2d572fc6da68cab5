import type { Totals } from '../store/totals.ts'

/** Notifications are counted by ranges of the log of this many events, for a millisecond or so; a range that is full is not counted again. */
const RANGE = 2_500
/** Users of one statement, which takes as long. */
const PAGE = 1_000
/** Users are counted again after this many times what counting them took: it never takes more than a five-hundredth of a core. */
const PAUSE_FACTOR = 500
const PAUSE_MS = 1_000

export type CountedStore = Pick<Totals, 'countNotifications' | 'countUsers' | 'bytes'> & { floor: () => Promise<number> }

/** What is in the store, as far as it has been counted. */
export interface Counts { users: number | null, notifications: number | null, bytes: number | null, floor: number }

/** Ends the turn between two statements: on SQLite each of them blocks the event loop for a millisecond or so. */
const nextTurn = () => new Promise<void>(resolve => { setImmediate(resolve) })

/**
 * Counts users and notifications without ever asking the store a long question. The log only grows at its head and
 * shrinks at its floor, so its notifications are counted by ranges:
 *
 *     floor       2,500       5,000       7,500   head
 *       |--recounted--|---kept---|---kept---|--new events only--|
 */
export class StoreCounts {
  readonly #store: CountedStore
  /** By the number of the range, of those that the log still has. */
  readonly #ranges = new Map<number, number>()
  #countedFrom = 0
  #countedTo = 0
  #usersCountedAt = -Infinity
  #usersCountedTo = -1
  #usersCostMs = 0
  readonly counts: Counts = { users: null, notifications: null, bytes: null, floor: 0 }

  constructor (store: CountedStore) {
    this.#store = store
  }

  /** Brings the counts up to the event `head`. Rejects if the store does not answer; what was counted stays. */
  async refresh (head: number): Promise<void> {
    const floor = await this.#store.floor()
    await this.#countNotifications(floor, head)
    this.counts.floor = floor
    const now = performance.now()
    if (now - this.#usersCountedAt < PAUSE_MS + this.#usersCostMs * PAUSE_FACTOR) return
    this.counts.bytes = await this.#store.bytes()
    // Whoever comes or goes is an event of the log.
    if (head !== this.#usersCountedTo) await this.#countUsers()
    this.#usersCountedTo = head
    this.#usersCountedAt = performance.now()
    this.#usersCostMs = this.#usersCountedAt - now
  }

  async #countNotifications (floor: number, head: number): Promise<void> {
    if (floor > this.#countedFrom) {
      const first = Math.floor(floor / RANGE)
      for (const range of this.#ranges.keys()) if (range < first) this.#ranges.delete(range)
      const end = Math.min((first + 1) * RANGE, this.#countedTo)
      this.#ranges.set(first, end > floor ? await this.#store.countNotifications(floor, end) : 0)
      this.#countedFrom = floor
      this.#countedTo = Math.max(this.#countedTo, floor)
    }
    while (this.#countedTo < head) {
      const range = Math.floor(this.#countedTo / RANGE)
      const end = Math.min((range + 1) * RANGE, head)
      this.#ranges.set(range, (this.#ranges.get(range) ?? 0) + await this.#store.countNotifications(this.#countedTo, end))
      this.#countedTo = end
      await nextTurn()
    }
    this.counts.notifications = [...this.#ranges.values()].reduce((sum, count) => sum + count, 0)
  }

  async #countUsers (): Promise<void> {
    let users = 0
    for (let after: string | null = ''; after !== null; await nextTurn()) {
      const page: { count: number, last: string | null } = await this.#store.countUsers(after, PAGE)
      users += page.count
      after = page.last
    }
    this.counts.users = users
  }
}
