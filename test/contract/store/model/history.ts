import type { LogEvent } from '../../../../src/log/event.ts'
import type { Store } from '../../../../src/store/store.ts'
import { random, type Random } from '../../../random.ts'
import { clock, follow, wholeLog, type Clock, type Opened, type Part } from '../engine.ts'
import type { Asking } from '../receipts/asking.ts'
import { attempt, attemptLater, same, withKeysOf } from './compare.ts'
import { Looks } from './looks.ts'
import { Model } from './model.ts'
import { Steps } from './steps.ts'
import { USERS, type Step, type World } from './world.ts'

const BURSTS = 60

/** Random histories, each compared at every step with what a model of the contract says. */
export const histories: Part = (t, engine) => {
  for (let seed = 1; seed <= engine.histories; seed++) {
    t.test(`seed ${seed}`, async t => {
      const time = clock()
      await new History(await engine.open(t, { now: time.now }), random(seed), time).run()
      t.pass('store and model agree')
    })
  }
}

export class History {
  readonly #world: World
  readonly #reopen: (() => Promise<Store>) | undefined
  readonly #committed: LogEvent[] = []

  constructor ({ store, reopen }: Opened, random: Random, clock: Clock) {
    this.#world = { store, model: new Model(store.epoch), random, clock, sent: [] }
    this.#reopen = reopen
  }

  async run (): Promise<void> {
    const { model, clock, random: { integer, oneIn, pick } } = this.#world
    const steps = new Steps(this.#world)
    const looks = new Looks(this.#world, steps)
    follow(this.#world.store, this.#committed)
    for (let burst = 0; burst < BURSTS; burst++) {
      clock.move(integer(2500))
      await this.#perform(Array.from({ length: oneIn(3) ? 2 + integer(5) : 1 }, () => steps.next()))
      same(this.#committed, model.events, 'what was told')
      if (oneIn(3)) await this.#publish()
      if (oneIn(3)) await this.#remind(steps.asking)
      if (oneIn(15)) await steps.asking.forget()
      if (this.#reopen && oneIn(12)) await this.#restart(this.#reopen)
      for (let look = 0; look < 2; look++) await looks.at(pick(USERS))
    }
    const { store } = this.#world
    same(await wholeLog(store, 1 + integer(50)), model.log, 'the log')
    same([await store.head(), await store.floor()], [model.head, model.floor], 'head and floor')
    for (const user of USERS) await this.#pageThrough(user)
  }

  /** Does some writes at once, as requests that arrive together. */
  async #perform (steps: Step[]): Promise<void> {
    const outcomes = await Promise.all(steps.map(({ actual }) => attemptLater(actual())))
    for (const [index, { name, expected }] of steps.entries()) same(outcomes[index], attempt(expected), name)
  }

  /** Publishes what is due, in as many commits as the store makes of it. */
  async #publish (): Promise<void> {
    const { store, model, clock, random } = this.#world
    const limit = 1 + random.integer(10)
    const total = { seqs: [] as number[], refused: 0, expired: 0 }
    for (let more = true; more;) {
      const published = await store.publishDue(limit)
      more = published.more
      total.seqs.push(...published.seqs)
      total.refused += published.refused
      total.expired += published.expired
    }
    same(total, model.publishDue(clock.now()), 'what was due')
    same(this.#committed, model.events, 'what was published')
  }

  async #remind (asking: Asking): Promise<void> {
    await asking.remind()
    same(this.#committed, this.#world.model.events, 'what was told of what must be acknowledged')
  }

  async #restart (reopen: () => Promise<Store>): Promise<void> {
    this.#world.store = await reopen()
    follow(this.#world.store, this.#committed)
  }

  /** The whole inbox and the whole replay of a user, in pages. */
  async #pageThrough (user: string): Promise<void> {
    const { store, model, clock, random } = this.#world
    const limit = 1 + random.integer(9)
    const now = clock.now()
    const entries = []
    for (let before = Infinity, more = true; more;) {
      const page = await store.inbox(user, { limit, ...(before === Infinity ? {} : { before }) })
      entries.push(...page.entries)
      more = page.more
      before = page.entries.at(-1)?.seq ?? 0
    }
    const expected = model.inbox(user, { limit: Infinity }, now).entries
    same(withKeysOf(expected, entries), expected, `pages of ${user}`)

    const { floor, head } = model
    const events: LogEvent[] = []
    for (let after = floor; after < head;) {
      const page = (await store.replay(user, after, head, limit))!
      events.push(...page.events)
      after = page.upTo
    }
    same(events, model.replay(user, floor, head, now), `replay for ${user}`)
  }
}
