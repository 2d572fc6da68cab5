import type { Audience } from '../../../../src/log/audience.ts'
import type { InboxFilter, Store, UserFilter } from '../../../../src/store/store.ts'
import type { Random } from '../../../random.ts'
import type { Clock } from '../engine.ts'
import { attempt, attemptLater, same } from './compare.ts'
import type { Model } from './model.ts'
import { COMPANIES, NAMES, ROLES, TOPICS, TYPES, USERS, type Steps } from './steps.ts'

/** Reads of a store, each compared with the model. */
export class Looks {
  readonly #store: Store
  readonly #model: Model
  readonly #random: Random
  readonly #clock: Clock
  readonly #steps: Steps

  constructor (store: Store, model: Model, random: Random, clock: Clock, steps: Steps) {
    this.#store = store
    this.#model = model
    this.#random = random
    this.#clock = clock
    this.#steps = steps
  }

  /** Everything that one user may see, at a random place, and what is known of users and sends. */
  async at (user: string): Promise<void> {
    await this.#inbox(user)
    await this.#replay(user)
    await this.#users(user)
    await this.#sends()
  }

  async #inbox (user: string): Promise<void> {
    const { integer, oneIn, pick } = this.#random
    const now = this.#clock.now()
    const filter: InboxFilter = {
      limit: 1 + integer(12),
      ...(oneIn(3) ? { before: integer(this.#model.head + 2) } : {}),
      ...(oneIn(3) ? { unread: oneIn(2) } : {}),
      ...(oneIn(4) ? { topic: pick(TOPICS) } : {}),
      ...(oneIn(4) ? { type: pick(TYPES) } : {})
    }
    const expected = this.#model.inbox(user, filter, now)
    same(await this.#store.inbox(user, filter), expected, `inbox of ${user}, ${JSON.stringify(filter)}`)
    same(await this.#store.unread(user), { count: expected.unread, seq: expected.seq, floor: this.#model.floor }, `unread of ${user}`)
    await this.#countTogether([user, ...USERS.filter(() => oneIn(2))], now)
  }

  /** Counts for some users at the same time. */
  async #countTogether (users: string[], now: number): Promise<void> {
    const counts = await Promise.all(users.map(user => this.#store.unread(user)))
    for (const [index, user] of users.entries()) {
      const { unread: count, seq } = this.#model.inbox(user, { limit: 1 }, now)
      same(counts[index], { count, seq, floor: this.#model.floor }, `unread of ${user}, counted with others`)
    }
  }

  async #replay (user: string): Promise<void> {
    const { integer, oneIn, pick } = this.#random
    const after = integer(this.#model.head + 1)
    const upTo = after + integer(this.#model.head + 2 - after)
    const limit = 1 + integer(20)
    const topics = oneIn(3) ? [pick(TOPICS)] : undefined
    const replayed = await this.#store.replay(user, after, upTo, limit, topics)
    const expected = this.#model.replay(user, after, upTo, limit, this.#clock.now(), topics)
    same(replayed?.events, expected, `replay for ${user} of ${after} to ${upTo}, ${topics?.join() ?? 'every topic'}`)
  }

  async #users (user: string): Promise<void> {
    const { integer, oneIn, pick, some } = this.#random
    same(await this.#store.user(user), this.#model.user(user), user)
    const filter: UserFilter = {
      limit: oneIn(2) ? 100 : 1 + integer(3),
      ...(oneIn(3) ? { after: pick(USERS) } : {}),
      ...(oneIn(3) ? { company: pick(COMPANIES) } : {}),
      ...(oneIn(3) ? { role: pick(ROLES) } : {}),
      ...(oneIn(3) ? { q: pick(NAMES).slice(0, 1 + integer(3)) } : {})
    }
    same(await this.#store.users(filter), this.#model.users(filter), `users ${JSON.stringify(filter)}`)
    const claims = this.#steps.claims()
    const expected = attempt(() => this.#model.previewClaims(claims, this.#clock.now()))
    same(await attemptLater(this.#store.previewClaims(claims)), expected, `preview ${JSON.stringify(claims)}`)
    const ids = [...some(USERS), 'nobody']
    const before = oneIn(2) ? undefined : integer(this.#model.head + 2)
    same(await this.#store.countUnknown(ids, before), this.#model.countUnknown(ids, before), `unknown of ${ids.join()} before ${before}`)
  }

  async #sends (): Promise<void> {
    const { oneIn, pick, some } = this.#random
    const audience: Audience = oneIn(4) ? { users: some(USERS) } : { ...(oneIn(2) ? { companies: [pick(COMPANIES)] } : {}), ...(oneIn(2) ? { roles: [pick(ROLES)] } : {}) }
    same(await this.#store.countAudience(audience), this.#model.countAudience(audience), `audience ${JSON.stringify(audience)}`)
    const { draft } = this.#steps.send()
    same(await this.#store.isRetry(draft), this.#model.isRetry(draft), `retry ${draft.id}`)
    const id = this.#steps.someId()
    same(await this.#store.notification(id), this.#model.notification(id), `notification ${id}`)
  }
}
