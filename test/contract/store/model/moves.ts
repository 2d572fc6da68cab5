import type { GroupRef } from '../../../../src/log/audience.ts'
import type { Claims } from '../../../../src/store/store.ts'
import { COMPANIES, GROUPS, LIMITS, NAMES, ROLES, USERS, type Step, type World } from './world.ts'

/** Makes up who comes, moves, joins and leaves. */
export class Moves {
  readonly #world: World

  constructor (world: World) {
    this.#world = world
  }

  /** What a token claims of somebody, near the time of the newest one. */
  claims (): Claims {
    const { clock, random: { integer, oneIn, some } } = this.#world
    const groups = oneIn(2) ? undefined : { names: oneIn(5) ? [] : some(GROUPS), limits: LIMITS }
    return { ...this.#member(), iat: Math.floor(clock.now() / 1000) - 4 + integer(7), ...(groups ? { groups } : {}) }
  }

  applyClaims (): Step {
    const { store, model, clock } = this.#world
    const at = clock.now()
    const claims = this.claims()
    return { name: `claims ${JSON.stringify(claims)}`, actual: () => store.applyClaims(claims), expected: () => model.applyClaims(claims, at) }
  }

  createUser (): Step {
    const { store, model, clock, random } = this.#world
    const user = { ...this.#member(), username: random.pick(NAMES), passwordHash: null }
    const at = clock.now()
    return { name: `create ${JSON.stringify(user)}`, actual: () => store.createUser(user), expected: () => model.createUser(user, at) }
  }

  changeUser (): Step {
    const { store, model, clock, random: { pick, oneIn } } = this.#world
    const { id, role, company } = this.#member()
    const change = { ...(oneIn(2) ? { role } : {}), ...(oneIn(2) ? { company } : {}), ...(oneIn(3) ? { username: pick(NAMES) } : {}) }
    const at = clock.now()
    return { name: `change ${id} ${JSON.stringify(change)}`, actual: () => store.changeUser(id, change), expected: () => model.changeUser(id, change, at) }
  }

  removeUser (): Step {
    const { store, model, clock, random } = this.#world
    const id = random.pick(USERS)
    const at = clock.now()
    return { name: `remove ${id}`, actual: () => store.removeUser(id), expected: () => model.removeUser(id, at) }
  }

  putGroup (): Step {
    const { store, model, random: { oneIn, pick } } = this.#world
    const ref = this.group()
    const group = { name: pick(['Project', 'Team']), isOpen: oneIn(2) }
    return { name: `put ${nameOf(ref)}`, actual: () => store.putGroup(ref, group), expected: () => model.putGroup(ref, group) }
  }

  removeGroup (): Step {
    const { store, model, clock } = this.#world
    const ref = this.group()
    const at = clock.now()
    return { name: `remove ${nameOf(ref)}`, actual: () => store.removeGroup(ref), expected: () => model.removeGroup(ref, at) }
  }

  changeMembers (): Step {
    const { store, model, clock, random: { oneIn, some } } = this.#world
    const ref = this.group()
    const own = model.users().filter(({ company }) => company === ref.company || ref.company === null).map(({ id }) => id)
    const likely = [...own, ...USERS.filter(id => !model.user(id)), 'nobody']
    const change = { add: oneIn(5) ? [] : some(oneIn(8) ? USERS : likely), remove: oneIn(2) ? some(USERS) : [] }
    const at = clock.now()
    return {
      name: `members of ${nameOf(ref)} ${JSON.stringify(change)}`,
      actual: () => store.changeMembers(ref, change, LIMITS),
      expected: () => model.changeMembers(ref, change, LIMITS, at)
    }
  }

  joinOrLeave (): Step {
    const { store, model, clock, random: { oneIn, pick } } = this.#world
    const ref = this.group()
    const id = pick(USERS)
    const by = { kind: 'user', id, sessionId: null } as const
    const at = clock.now()
    return oneIn(3)
      ? { name: `${id} leaves ${nameOf(ref)}`, actual: () => store.leaveGroup(ref, by), expected: () => model.leaveGroup(ref, id, at) }
      : { name: `${id} joins ${nameOf(ref)}`, actual: () => store.joinGroup(ref, LIMITS, by), expected: () => model.joinGroup(ref, LIMITS, id, at) }
  }

  group (): GroupRef {
    const { pick } = this.#world.random
    return { company: pick([null, ...COMPANIES]), group: pick(GROUPS) }
  }

  #member () {
    const { pick, oneIn } = this.#world.random
    return { id: pick(USERS), role: pick(ROLES), company: oneIn(3) ? null : pick(COMPANIES) }
  }
}

const nameOf = ({ company, group }: GroupRef) => `${company ?? 'global'}: ${group}`
