import type { LogEvent } from '../../../../src/log/event.ts'
import type { Store } from '../../../../src/store/store.ts'
import { random, type Random } from '../../../random.ts'
import { clock, follow, wholeLog, type Clock, type Part } from '../engine.ts'
import { attempt, attemptLater, same } from './compare.ts'
import { Looks } from './looks.ts'
import { Model } from './model.ts'
import { Steps, USERS, type Step } from './steps.ts'

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

export class History {
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
    const looks = new Looks(this.#store, this.#model, this.#random, this.#clock, steps)
    const committed = follow(this.#store)
    for (let burst = 0; burst < BURSTS; burst++) {
      this.#clock.move(integer(2500))
      await this.#perform(Array.from({ length: oneIn(3) ? 2 + integer(5) : 1 }, () => steps.next()))
      same(committed, this.#model.events, 'what was told')
      for (let look = 0; look < 2; look++) await looks.at(pick(USERS))
    }
    same(await wholeLog(this.#store, 1 + integer(50)), this.#model.log, 'the log')
    same([await this.#store.head(), await this.#store.floor()], [this.#model.head, this.#model.floor], 'head and floor')
    for (const user of USERS) await this.#pageThrough(user)
  }

  /** Does some writes at once, as requests that arrive together. */
  async #perform (steps: Step[]): Promise<void> {
    const outcomes = await Promise.all(steps.map(({ actual }) => attemptLater(actual())))
    for (const [index, { name, expected }] of steps.entries()) same(outcomes[index], attempt(expected), name)
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
