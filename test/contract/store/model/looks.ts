import type { PlanFilter } from '../../../../src/store/plans.ts'
import type { SentFilter } from '../../../../src/store/sent.ts'
import type { InboxFilter, UserFilter } from '../../../../src/store/store.ts'
import { attempt, attemptLater, same, withKeysOf } from './compare.ts'
import type { Steps } from './steps.ts'
import { COMPANIES, NAMES, ROLES, someId, TOPICS, TYPES, USERS, type World } from './world.ts'

/** Reads of a store, each compared with the model. */
export class Looks {
  readonly #world: World
  readonly #steps: Steps

  constructor (world: World, steps: Steps) {
    this.#world = world
    this.#steps = steps
  }

  /** Everything that one user may see, at a random place, and what is known of users and sends. */
  async at (user: string): Promise<void> {
    await this.#inbox(user)
    await this.#replay(user)
    await this.#users(user)
    await this.#groups(user)
    await this.#steps.choosing.look(user)
    await this.#steps.asking.look(user)
    await this.#sends()
    await this.#plans()
    await this.#sent()
  }

  async #inbox (user: string): Promise<void> {
    const { integer, oneIn, pick } = this.#world.random
    const now = this.#world.clock.now()
    const filter: InboxFilter = {
      limit: 1 + integer(12),
      ...(oneIn(3) ? { before: integer(this.#world.model.head + 2) } : {}),
      ...(oneIn(3) ? { view: pick(['archived', 'deleted'] as const) } : {}),
      ...(oneIn(3) ? { unread: oneIn(2) } : {}),
      ...(oneIn(4) ? { topic: pick(TOPICS) } : {}),
      ...(oneIn(4) ? { type: pick(TYPES) } : {})
    }
    const expected = this.#world.model.inbox(user, filter, now)
    const actual = await this.#world.store.inbox(user, filter)
    same({ ...actual, entries: withKeysOf(expected.entries, actual.entries) }, expected, `inbox of ${user}, ${JSON.stringify(filter)}`)
    const { entries, more } = actual
    same(await this.#world.store.inboxEntries(user, filter), { entries, more }, `inbox of ${user} without counts, ${JSON.stringify(filter)}`)
    same(await this.#world.store.unread(user), { count: expected.unread, unseen: expected.unseen, seq: expected.seq, floor: this.#world.model.floor }, `unread of ${user}`)
    const id = pick([someId(this.#world), ...expected.entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)])
    const [item, wanted] = [await this.#world.store.item(user, id), this.#world.model.item(user, id, now)]
    same(item && withKeysOf(wanted ? [wanted] : [], [item])[0], wanted, `${id} in the inbox of ${user}`)
    await this.#countTogether([user, ...USERS.filter(() => oneIn(2))], now)
  }

  /** Counts for some users at the same time. */
  async #countTogether (users: string[], now: number): Promise<void> {
    const counts = await Promise.all(users.map(user => this.#world.store.unread(user)))
    for (const [index, user] of users.entries()) {
      const { unread: count, unseen, seq } = this.#world.model.inbox(user, { limit: 1 }, now)
      same(counts[index], { count, unseen, seq, floor: this.#world.model.floor }, `unread of ${user}, counted with others`)
    }
  }

  async #replay (user: string): Promise<void> {
    const { integer, oneIn, pick } = this.#world.random
    const after = integer(this.#world.model.head + 1)
    const upTo = after + integer(this.#world.model.head + 2 - after)
    const limit = 1 + integer(20)
    const topics = oneIn(3) ? [pick(TOPICS)] : undefined
    const page = await this.#world.store.replay(user, after, upTo, limit, topics)
    const step = `replay for ${user} of ${after} to ${upTo}, ${limit} of ${topics?.join() ?? 'every topic'}`
    // A page goes as far as it says: it may hold fewer than there are.
    const expected = this.#world.model.replay(user, after, page?.upTo ?? upTo, this.#world.clock.now(), topics)
    same(page?.events, expected, step)
    if (page) same(page.events.length <= limit && (page.upTo === upTo || (page.upTo > after && page.upTo < upTo)), true, `${step}: a page to ${page.upTo}`)
  }

  async #users (user: string): Promise<void> {
    const { integer, oneIn, pick, some } = this.#world.random
    same(await this.#world.store.user(user), this.#world.model.user(user), user)
    const filter: UserFilter = {
      limit: oneIn(2) ? 100 : 1 + integer(3),
      ...(oneIn(3) ? { after: pick(USERS) } : {}),
      ...(oneIn(3) ? { company: pick(COMPANIES) } : {}),
      ...(oneIn(3) ? { role: pick(ROLES) } : {}),
      ...(oneIn(3) ? { q: pick(NAMES).slice(0, 1 + integer(3)) } : {})
    }
    same(await this.#world.store.users(filter), this.#world.model.users(filter), `users ${JSON.stringify(filter)}`)
    const claims = this.#steps.moves.claims()
    const expected = attempt(() => this.#world.model.previewClaims(claims, this.#world.clock.now()))
    same(await attemptLater(this.#world.store.previewClaims(claims)), expected, `preview ${JSON.stringify(claims)}`)
    const ids = [...some(USERS), 'nobody']
    const before = oneIn(2) ? undefined : integer(this.#world.model.head + 2)
    same(await this.#world.store.countUnknown(ids, before), this.#world.model.countUnknown(ids, before), `unknown of ${ids.join()} before ${before}`)
  }

  async #groups (user: string): Promise<void> {
    const { store, model } = this.#world
    const ref = this.#steps.moves.group()
    same(await store.group(ref), model.group(ref), `group ${JSON.stringify(ref)}`)
    same(await store.groups({ company: ref.company, limit: 100 }), model.groups(ref.company), `groups of ${ref.company}`)
    same(await store.members(ref, { limit: 100 }), model.members(ref), `members of ${JSON.stringify(ref)}`)
    same(await store.groupsOf(user), model.groupsOf(user), `groups of ${user}`)
  }

  async #sends (): Promise<void> {
    const audience = this.#steps.sends.audience()
    same(await this.#world.store.countAudience(audience), this.#world.model.countAudience(audience), `audience ${JSON.stringify(audience)}`)
    const { said, draft } = this.#steps.sends.sending()
    same(await this.#world.store.isRetry(draft), this.#world.model.isRetry(said), `retry ${JSON.stringify(said)}`)
    const id = someId(this.#world)
    same(await this.#world.store.notification(id), this.#world.model.notification(id), `notification ${id}`)
  }

  async #plans (): Promise<void> {
    const { store, model, clock, random: { oneIn, pick, integer } } = this.#world
    const filter: PlanFilter = {
      limit: 1 + integer(8),
      ...(oneIn(2) ? { sender: pick(['user:u1', 'user:u2']) } : {}),
      ...(oneIn(3) ? { scope: pick(COMPANIES) } : {}),
      ...(oneIn(3) ? { state: pick(['planned', 'sent', 'refused', 'expired', 'cancelled'] as const) } : {}),
      ...(oneIn(3) ? { before: integer(20) } : {})
    }
    same(await store.plans(filter), model.listPlans(filter), `plans ${JSON.stringify(filter)}`)
    const id = someId(this.#world)
    same(await store.plan(id), model.plan(id), `plan ${id}`)
    same(await store.nextPlan(), model.nextPlan(clock.now()), 'the next plan')
  }

  async #sent (): Promise<void> {
    const { store, model, clock, random: { oneIn, pick, integer } } = this.#world
    const owner = pick(['user:u1', 'user:u2'])
    const filter: SentFilter = {
      limit: 1 + integer(8),
      reach: oneIn(3) ? null : { owner, company: oneIn(2) ? null : pick(COMPANIES) },
      ...(oneIn(3) ? { before: integer(model.head + 2) } : {}),
      ...(oneIn(3) ? { q: pick(['number', 'NUMBER 1', 'edited', 'x']) } : {}),
      ...(oneIn(4) ? { topic: pick(TOPICS) } : {}),
      ...(oneIn(4) ? { type: pick(TYPES) } : {}),
      ...(oneIn(4) ? { sender: pick(['user:u1', 'user:u2']) } : {}),
      ...(oneIn(4) ? { from: clock.now() - integer(60_000) } : {}),
      ...(oneIn(4) ? { to: clock.now() - integer(60_000) } : {})
    }
    same(await store.sent(filter), model.listSent(filter), `sent ${JSON.stringify(filter)}`)
    const id = someId(this.#world)
    same(await store.sentNotification(id), model.sentNotification(id), `sent ${id}`)
  }
}
