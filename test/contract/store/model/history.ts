import { deepStrictEqual } from 'node:assert/strict'
import type { LogEvent } from '../../../../src/log/event.ts'
import type { InboxFilter, Store } from '../../../../src/store/store.ts'
import { random, type Random } from '../../../random.ts'
import { clock, follow, wholeLog, type Clock, type Part } from '../engine.ts'
import { Model } from './model.ts'
import { COMPANIES, ROLES, Steps, TOPICS, TYPES, USERS, type Step } from './steps.ts'

const BURSTS = 60

/** Random histories, each compared at every step with what a model of the contract says. */
export const histories: Part = (t, engine) => {
  for (let seed = 1; seed <= engine.histories; seed++) {
    t.test(`seed ${seed}`, async t => {
      const time = clock()
      const { store } = await engine.open(t, { now: time.now })
      await new History(store, random(seed), time).run()
      t.pass('store and model agree')
    })
  }
}

class History {
  readonly #store: Store
  readonly #model: Model
  readonly #random: Random
  readonly #clock: Clock

  constructor (store: Store, random: Random, clock: Clock) {
    this.#store = store
    this.#model = new Model(store.epoch)
    this.#random = random
    this.#clock = clock
  }

  async run (): Promise<void> {
    const { integer, oneIn, pick } = this.#random
    const steps = new Steps(this.#store, this.#model, this.#random, this.#clock)
    const committed = follow(this.#store)
    for (let burst = 0; burst < BURSTS; burst++) {
      this.#clock.move(integer(2500))
      await this.#perform(Array.from({ length: oneIn(3) ? 2 + integer(5) : 1 }, () => steps.next()))
      same(committed, this.#model.events, 'what was told')
      for (let look = 0; look < 2; look++) await this.#look(pick(USERS))
    }
    same(await wholeLog(this.#store, 1 + integer(50)), this.#model.log, 'the log')
    same([await this.#store.head(), await this.#store.floor()], [this.#model.head, this.#model.floor], 'head and floor')
    for (const user of USERS) await this.#pageThrough(user)
  }

  /** Does some writes at once, as requests that arrive together. */
  async #perform (steps: Step[]): Promise<void> {
    const outcomes = await Promise.allSettled(steps.map(({ actual }) => actual()))
    for (const [index, { name, expected }] of steps.entries()) {
      const outcome = outcomes[index]!
      same(outcome.status === 'fulfilled' ? outcome.value : codeOf(outcome.reason), attempt(expected), name)
    }
  }

  /** One look at everything a user may see, and at the user. */
  async #look (user: string): Promise<void> {
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

    const after = integer(this.#model.head + 1)
    const upTo = after + integer(this.#model.head + 2 - after)
    const limit = 1 + integer(20)
    const topics = oneIn(3) ? [pick(TOPICS)] : undefined
    const replayed = await this.#store.replay(user, after, upTo, limit, topics)
    same(replayed?.events, this.#model.replay(user, after, upTo, limit, now, topics), `replay for ${user} of ${after} to ${upTo}, ${topics?.join() ?? 'every topic'}`)

    same(await this.#store.user(user), this.#model.user(user), user)
    same(await this.#store.users({ limit: 100 }), this.#model.users(), 'users')
    const audience = { ...(oneIn(2) ? { companies: [pick(COMPANIES)] } : {}), ...(oneIn(2) ? { roles: [pick(ROLES)] } : {}) }
    same(await this.#store.countAudience(audience), this.#model.countAudience(audience), `audience ${JSON.stringify(audience)}`)
  }

  /** Counts for some users at the same time. */
  async #countTogether (users: string[], now: number): Promise<void> {
    const counts = await Promise.all(users.map(user => this.#store.unread(user)))
    for (const [index, user] of users.entries()) {
      const { unread: count, seq } = this.#model.inbox(user, { limit: 1 }, now)
      same(counts[index], { count, seq, floor: this.#model.floor }, `unread of ${user}, counted with others`)
    }
  }

  /** The whole inbox and the whole replay of a user, in pages. */
  async #pageThrough (user: string): Promise<void> {
    const limit = 1 + this.#random.integer(9)
    const now = this.#clock.now()
    const entries = []
    for (let before = Infinity, more = true; more;) {
      const page = await this.#store.inbox(user, { limit, ...(before === Infinity ? {} : { before }) })
      entries.push(...page.entries)
      more = page.more
      before = page.entries.at(-1)?.seq ?? 0
    }
    same(entries, this.#model.inbox(user, { limit: Infinity }, now).entries, `pages of ${user}`)

    const { floor } = this.#model
    const events: LogEvent[] = []
    for (let page: LogEvent[] | undefined; page === undefined || page.length === limit; events.push(...page)) {
      page = (await this.#store.replay(user, events.at(-1)?.seq ?? floor, this.#model.head, limit))!.events
    }
    same(events, this.#model.replay(user, floor, this.#model.head, Infinity, now), `replay for ${user}`)
  }
}

function attempt (expected: () => unknown): unknown {
  try {
    return expected()
  } catch (refusal) {
    return codeOf(refusal)
  }
}

function codeOf (error: unknown): unknown {
  return (error as { code?: string }).code ?? error
}

/** Compares what is left of two values in JSON; throws with the name of the step. */
function same (actual: unknown, expected: unknown, step: string): void {
  try {
    deepStrictEqual(plain(actual), plain(expected))
  } catch (error) {
    throw new Error(`${step}: ${(error as Error).message}`)
  }
}

function plain (value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}
