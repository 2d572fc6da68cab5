import type { Audience } from '../../../../src/log/audience.ts'
import type { Claims, Draft, Store } from '../../../../src/store/store.ts'
import type { Random } from '../../../random.ts'
import { draft as newDraft, type Clock } from '../engine.ts'
import type { Model } from './model.ts'

/** Few names, so that histories cross: some are odd, and ids are also usernames. */
export const USERS = ['u1', 'u2', 'u3', 'u4', 'u5', 'u/6']
export const ROLES = ['admin', 'user', 'x%y']
export const COMPANIES = ['a', 'b', 'a/user']
export const TOPICS = ['t1', 't2']
export const TYPES = ['info', 'error']
export const NAMES = ['Ann', 'Ben', ...USERS]

/** One write: as the store does it, and as the model says it should go. */
export interface Step { name: string, actual: () => Promise<unknown>, expected: () => unknown }

/** Makes up writes for a store and its model. */
export class Steps {
  readonly #store: Store
  readonly #model: Model
  readonly #random: Random
  readonly #clock: Clock
  readonly #sent: { draft: Draft, audience: Audience }[] = []

  constructor (store: Store, model: Model, random: Random, clock: Clock) {
    this.#store = store
    this.#model = model
    this.#random = random
    this.#clock = clock
  }

  next (): Step {
    const kinds: [number, () => Step][] = [
      [40, () => this.#notify()], [28, () => this.#mark()], [8, () => this.#readAll()], [5, () => this.#recall()],
      [8, () => this.#applyClaims()], [3, () => this.#createUser()], [6, () => this.#changeUser()], [2, () => this.#removeUser()],
      [3, () => this.#retain()], [2, () => this.#tidy()]
    ]
    return this.#random.pick(kinds.flatMap(([weight, make]) => Array<() => Step>(weight).fill(make)))()
  }

  /** Something new to send, or a retry, or what only looks like one. */
  send (): { draft: Draft, audience: Audience } {
    return this.#sent.some(isRepeatable) && this.#random.oneIn(5) ? this.#again() : this.#fresh()
  }

  /** The id of something that was sent, if anything was. */
  someId (): string {
    return this.#sent.length > 0 ? this.#random.pick(this.#sent).draft.id : 'nothing'
  }

  /** What a token claims of somebody, near the time of the newest one. */
  claims (): Claims {
    return { ...this.#member(), iat: Math.floor(this.#clock.now() / 1000) - 4 + this.#random.integer(7) }
  }

  #notify (): Step {
    const { draft, audience } = this.send()
    this.#sent.push({ draft, audience })
    return {
      name: `notify ${draft.id}`,
      actual: () => this.#store.notify(draft),
      expected: () => this.#model.notify(draft, audience)
    }
  }

  #fresh (): { draft: Draft, audience: Audience } {
    const { oneIn, pick, integer } = this.#random
    const audience = this.#audience()
    const expires = oneIn(8)
    const sender = pick(['user:u1', 'user:u2'])
    const labelled = oneIn(8) ? this.#label(sender) : {}
    return {
      audience,
      draft: newDraft(audience, {
        sender,
        topic: oneIn(3) ? null : pick(TOPICS),
        type: pick(TYPES),
        at: this.#clock.now(),
        expiresAt: expires ? this.#clock.now() + integer(20_000) : null,
        ...(oneIn(6) ? { idempotencyKey: `key ${integer(8)}` } : oneIn(8) ? { isNew: true, digest: '' } : labelled)
      })
    }
  }

  /** What a sender calls a notification, which may be a retry, or something else by the same name. */
  #label (sender: string): Partial<Draft> {
    const { integer, pick } = this.#random
    const text = pick(['label 1', 'label 2', 'label 3'])
    return { id: text, digest: `${sender}, content ${integer(3)}`, label: { text, otherId: `${text} ${this.#sent.length}` } }
  }

  /** A retry of an earlier notification, or something that only looks like one. */
  #again (): { draft: Draft, audience: Audience } {
    const { oneIn, pick } = this.#random
    const { draft, audience } = pick(this.#sent.filter(isRepeatable))
    // Whoever sends makes another id up each time, for a label that is taken.
    const label = draft.label && { ...draft.label, otherId: `${draft.label.text} ${this.#sent.length}` }
    const again = { ...draft, at: this.#clock.now(), label }
    if (oneIn(4)) return { audience, draft: { ...again, digest: 'other' } }
    if (oneIn(4) && again.idempotencyKey !== null) return { audience, draft: { ...again, id: newDraft(audience).id } }
    return { audience, draft: again }
  }

  #audience (): Audience {
    const { pick, some } = this.#random
    return pick<() => Audience>([
      () => ({ all: true }),
      () => ({ users: some(USERS) }),
      () => ({ companies: some(COMPANIES) }),
      () => ({ roles: some(ROLES) }),
      () => ({ companies: some(COMPANIES), roles: some(ROLES) })
    ])()
  }

  #mark (): Step {
    const { pick, oneIn, some } = this.#random
    const user = pick(USERS)
    const verb = pick(['read', 'read', 'unread', 'unread', 'delete'] as const)
    const near = this.#model.inbox(user, { limit: 8 }, this.#clock.now()).entries.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    const far = this.#sent.length > 0 && oneIn(3) ? [pick(this.#sent).draft.id] : []
    const ids = [...(near.length > 0 ? some(near) : []), ...far, ...(oneIn(10) ? ['nothing'] : [])]
    const at = this.#clock.now()
    return {
      name: `mark ${user} ${verb} ${ids.join()}`,
      actual: () => this.#store.mark(user, verb, ids),
      expected: () => this.#model.mark(user, verb, ids, at)
    }
  }

  #readAll (): Step {
    const { pick, oneIn, integer } = this.#random
    const user = pick(USERS)
    const near = this.#model.inbox(user, { limit: 8 }, this.#clock.now()).entries.map(({ seq }) => seq)
    const upTo = pick([() => null, () => near.length > 0 ? pick(near) : 0, () => integer(this.#model.head + 3)])()
    const topic = oneIn(2) ? null : pick(TOPICS)
    const at = this.#clock.now()
    return {
      name: `read all ${user} ${upTo} ${topic}`,
      actual: () => this.#store.readAll(user, upTo, topic),
      expected: () => this.#model.readAll(user, upTo, topic, at)
    }
  }

  #recall (): Step {
    const id = this.someId()
    const at = this.#clock.now()
    return { name: `recall ${id}`, actual: () => this.#store.recall(id), expected: () => this.#model.recall(id, at) }
  }

  #applyClaims (): Step {
    const at = this.#clock.now()
    const claims = this.claims()
    return {
      name: `claims ${JSON.stringify(claims)}`,
      actual: () => this.#store.applyClaims(claims),
      expected: () => this.#model.applyClaims(claims, at)
    }
  }

  #createUser (): Step {
    const { pick } = this.#random
    const user = { ...this.#member(), username: pick(NAMES), passwordHash: null }
    const at = this.#clock.now()
    return {
      name: `create ${JSON.stringify(user)}`,
      actual: () => this.#store.createUser(user),
      expected: () => this.#model.createUser(user, at)
    }
  }

  #changeUser (): Step {
    const { pick, oneIn } = this.#random
    const { id, role, company } = this.#member()
    const change = { ...(oneIn(2) ? { role } : {}), ...(oneIn(2) ? { company } : {}), ...(oneIn(3) ? { username: pick(NAMES) } : {}) }
    const at = this.#clock.now()
    return {
      name: `change ${id} ${JSON.stringify(change)}`,
      actual: () => this.#store.changeUser(id, change),
      expected: () => this.#model.changeUser(id, change, at)
    }
  }

  #removeUser (): Step {
    const id = this.#random.pick(USERS)
    const at = this.#clock.now()
    return { name: `remove ${id}`, actual: () => this.#store.removeUser(id), expected: () => this.#model.removeUser(id, at) }
  }

  #retain (): Step {
    const { integer } = this.#random
    const [since, limit] = [this.#clock.now() - integer(60_000), 1 + integer(40)]
    return {
      name: `retain since ${since}, ${limit}`,
      actual: () => this.#store.retain(since, limit),
      expected: () => this.#model.retain(since, limit)
    }
  }

  /** Nobody can tell that it happened. */
  #tidy (): Step {
    const limit = 1 + this.#random.integer(20)
    return { name: 'tidy', actual: async () => { await this.#store.tidy(limit) }, expected: () => undefined }
  }

  #member () {
    const { pick, oneIn } = this.#random
    return { id: pick(USERS), role: pick(ROLES), company: oneIn(3) ? null : pick(COMPANIES) }
  }
}

type Sent = { draft: Draft }
/** What was made to be new is never sent again. */
const isRepeatable = ({ draft: { isNew = false } }: Sent) => !isNew
