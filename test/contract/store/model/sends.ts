import type { Audience } from '../../../../src/log/audience.ts'
import type { Edit } from '../../../../src/store/store.ts'
import { toDraft, type Said, type Sending } from './said.ts'
import { COMPANIES, ROLES, someId, TOPICS, TYPES, USERS, type Step, type World } from './world.ts'

/** Makes up what is sent, edited and recalled. */
export class Sends {
  readonly #world: World
  #number = 0

  constructor (world: World) {
    this.#world = world
  }

  notify (): Step {
    const { store, model, sent } = this.#world
    const sending = this.sending()
    sent.push(sending)
    return {
      name: `notify ${sending.draft.id} ${JSON.stringify(sending.said)}`,
      actual: () => store.notify(sending.draft),
      expected: () => model.notify(sending)
    }
  }

  edit (): Step {
    const { store, model, clock, random: { oneIn, integer, pick } } = this.#world
    const at = clock.now()
    const id = someId(this.#world)
    const expiresAt = pick([undefined, undefined, null, at + integer(20_000)])
    const type = oneIn(3) ? pick(TYPES) : undefined
    const edit: Edit = {
      fields: {
        ...(oneIn(2) ? { title: `edited ${++this.#number}` } : {}),
        ...(oneIn(3) ? { url: pick(['/place', null]) } : {}),
        ...(oneIn(4) ? { data: { more: this.#number, topic: 'another' } } : {}),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString() }),
        ...(type === undefined ? {} : { type })
      },
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(type === undefined ? {} : { type }),
      ...(oneIn(4) ? { revision: 1 + integer(3) } : {})
    }
    return { name: `edit ${id} ${JSON.stringify(edit)}`, actual: () => store.edit(id, edit), expected: () => model.edit(id, edit, at) }
  }

  recall (): Step {
    const { store, model, clock } = this.#world
    const id = someId(this.#world)
    const at = clock.now()
    return { name: `recall ${id}`, actual: () => store.recall(id), expected: () => model.recall(id, at) }
  }

  /** Something new to send, or a retry, or what only looks like one. */
  sending (): Sending {
    const { sent, clock, random: { oneIn, pick } } = this.#world
    if (sent.length === 0 || !oneIn(5)) return this.#make(this.#fresh())
    const { said, draft } = pick(sent)
    if (said.id === undefined && said.label === undefined && said.idempotencyKey === undefined) {
      // What had no name can be retried only under the id that its answer gave.
      return this.#make(oneIn(2) ? said : { ...said, id: draft.id })
    }
    if (oneIn(4)) return this.#make({ ...said, title: `${said.title} again` })
    if (oneIn(6)) return this.#make({ ...said, audience: this.#audience() })
    return { said, draft: toDraft(said, clock.now()) }
  }

  #make (said: Said): Sending {
    return { said, draft: toDraft(said, this.#world.clock.now()) }
  }

  #fresh (): Said {
    const { clock, random: { oneIn, pick, integer } } = this.#world
    const number = ++this.#number
    return {
      sender: pick(['user:u1', 'user:u2']),
      audience: this.#audience(),
      title: `number ${number}`,
      type: pick(TYPES),
      topic: oneIn(3) ? null : pick(TOPICS),
      expiresAt: oneIn(8) ? clock.now() + integer(20_000) : null,
      ...(oneIn(4) ? this.#link() : {}),
      ...pick<() => Partial<Said>>([
        () => ({}),
        () => ({ id: `n-${number}` }),
        () => ({ id: `n-${number}` }),
        () => ({ idempotencyKey: `key ${integer(8)}` }),
        () => ({ label: pick(['label 1', 'label 2', 'label 3']), ...(oneIn(2) ? { title: `content ${integer(3)}` } : {}) })
      ])()
    }
  }

  /** A place in a chain: of one that there is, or of a new one. */
  #link (): Partial<Said> {
    const { sent, random: { oneIn, pick } } = this.#world
    const chained = sent.map(({ said }) => said).filter(({ replaceKey }) => replaceKey !== undefined)
    if (chained.length === 0 || oneIn(5)) return { replaceKey: pick(['one', 'two']) }
    const { sender, audience, replaceKey } = pick(chained)
    return { sender, audience, replaceKey }
  }

  #audience (): Audience {
    const { pick, some } = this.#world.random
    return pick<() => Audience>([
      () => ({ all: true }),
      () => ({ users: some(USERS) }),
      () => ({ companies: some(COMPANIES) }),
      () => ({ roles: some(ROLES) }),
      () => ({ companies: some(COMPANIES), roles: some(ROLES) })
    ])()
  }
}
