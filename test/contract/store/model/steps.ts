import { Moves } from './moves.ts'
import { Choosing } from '../preferences/choosing.ts'
import { Asking } from '../receipts/asking.ts'
import { Sends } from './sends.ts'
import { ACTIONS, someId, TOPICS, USERS, type Step, type World } from './world.ts'

/** Makes up writes for a store and its model. */
export class Steps {
  readonly #world: World
  readonly sends: Sends
  readonly moves: Moves
  readonly choosing: Choosing
  readonly asking: Asking

  constructor (world: World) {
    this.#world = world
    this.sends = new Sends(world)
    this.moves = new Moves(world)
    this.choosing = new Choosing(world)
    this.asking = new Asking(world)
  }

  next (): Step {
    const kinds: [number, () => Step][] = [
      [40, () => this.sends.notify()], [8, () => this.sends.edit()], [5, () => this.sends.recall()], [4, () => this.sends.replan()],
      [28, () => this.#mark()], [8, () => this.#readAll()], [4, () => this.#see()], [8, () => this.#act()],
      [8, () => this.moves.applyClaims()], [3, () => this.moves.createUser()], [6, () => this.moves.changeUser()], [2, () => this.moves.removeUser()],
      [6, () => this.moves.putGroup()], [1, () => this.moves.removeGroup()], [10, () => this.moves.changeMembers()], [5, () => this.moves.joinOrLeave()],
      [10, () => this.choosing.changePreferences()], [6, () => this.choosing.putTopic()],
      [10, () => this.asking.acknowledge()], [6, () => this.asking.deliver()],
      [3, () => this.#retain()], [2, () => this.#tidy()]
    ]
    return this.#world.random.pick(kinds.flatMap(([weight, make]) => Array<() => Step>(weight).fill(make)))()
  }

  #mark (): Step {
    const { pick, oneIn, some } = this.#world.random
    const user = pick(USERS)
    const verb = pick(['read', 'read', 'unread', 'unread', 'delete', 'restore', 'archive', 'archive', 'unarchive'] as const)
    const view = verb === 'restore' ? 'deleted' : verb === 'unarchive' || oneIn(5) ? 'archived' : 'active'
    const near = this.#world.model.inbox(user, { limit: 8, view }, this.#world.clock.now()).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    const far = oneIn(3) ? [someId(this.#world)] : []
    const ids = [...(near.length > 0 ? some(near) : []), ...far, ...(oneIn(10) ? ['nothing'] : [])]
    const at = this.#world.clock.now()
    const since = this.#since()
    return {
      name: `mark ${user} ${verb} ${ids.join()} since ${since}`,
      actual: () => this.#world.store.mark(user, verb, ids, since),
      expected: () => this.#world.model.mark(user, verb, ids, since, at)
    }
  }

  /** Up to where somebody who marks knew the log: mostly up to its end. */
  #since (): number | undefined {
    const { oneIn, integer } = this.#world.random
    return oneIn(2) ? undefined : Math.max(0, this.#world.model.head - integer(20))
  }

  #see (): Step {
    const { pick, integer } = this.#world.random
    const user = pick(USERS)
    const seq = integer(this.#world.model.head + 2)
    const at = this.#world.clock.now()
    return {
      name: `see ${user} ${seq}`,
      actual: () => this.#world.store.see(user, seq),
      expected: () => this.#world.model.see(user, seq, at)
    }
  }

  #act (): Step {
    const { store, model, clock, random: { pick, oneIn } } = this.#world
    const user = pick(USERS)
    const at = clock.now()
    const near = model.inbox(user, { limit: 8, view: oneIn(5) ? 'archived' : 'active' }, at).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    const id = near.length > 0 && !oneIn(6) ? pick(near) : someId(this.#world)
    const action = pick([...ACTIONS, ...ACTIONS, 'nothing'])
    return { name: `${user} acts on ${id}: ${action}`, actual: () => store.act(user, id, action), expected: () => model.act(user, id, action, at) }
  }

  #readAll (): Step {
    const { pick, oneIn, integer } = this.#world.random
    const user = pick(USERS)
    const near = this.#world.model.inbox(user, { limit: 8 }, this.#world.clock.now()).entries.map(({ seq }) => seq)
    const upTo = pick([() => null, () => near.length > 0 ? pick(near) : 0, () => integer(this.#world.model.head + 3)])()
    const topic = oneIn(2) ? null : pick(TOPICS)
    const since = this.#since()
    const at = this.#world.clock.now()
    return {
      name: `read all ${user} ${upTo} ${topic} since ${since}`,
      actual: () => this.#world.store.readAll(user, upTo, topic, since),
      expected: () => this.#world.model.readAll(user, upTo, topic, since, at)
    }
  }

  #retain (): Step {
    const { integer } = this.#world.random
    const [since, limit] = [this.#world.clock.now() - integer(60_000), 1 + integer(40)]
    return {
      name: `retain since ${since}, ${limit}`,
      actual: () => this.#world.store.retain(since, limit),
      expected: () => this.#world.model.retain(since, limit)
    }
  }

  /** Nobody can tell that it happened. */
  #tidy (): Step {
    const limit = 1 + this.#world.random.integer(20)
    return { name: 'tidy', actual: async () => { await this.#world.store.tidy(limit) }, expected: () => undefined }
  }
}
