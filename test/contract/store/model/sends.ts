import type { Audience } from '../../../../src/log/audience.ts'
import { isPlanned } from '../../../../src/notification/schedule.ts'
import type { ActorRef } from '../../../../src/rights/principal.ts'
import type { PlannedDraft } from '../../../../src/store/plans.ts'
import type { Edit } from '../../../../src/store/store.ts'
import { toActions, toDraft, type Said, type Sending } from './said.ts'
import { ACTIONS, COMPANIES, GROUPS, ROLES, someId, TOPICS, TYPES, USERS, type Step, type World } from './world.ts'

const MAX_SCHEDULED = 1_000
const refOf = (id: string | undefined): ActorRef | undefined => id === undefined ? undefined : { kind: 'user', id, sessionId: null }

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
    if (isPlanned(sending.draft)) return this.#schedule(sending, sending.draft)
    return {
      name: `notify ${sending.draft.id} ${JSON.stringify(sending.said)}`,
      actual: () => store.notify(sending.draft),
      expected: () => model.notify(sending)
    }
  }

  #schedule (sending: Sending, draft: PlannedDraft): Step {
    const { store, model } = this.#world
    return {
      name: `plan ${draft.id} ${JSON.stringify(sending.said)}`,
      actual: () => store.schedule(draft, MAX_SCHEDULED),
      expected: () => model.schedule(sending)
    }
  }

  /** A change of a plan, or its end. */
  replan (): Step {
    const { store, model, clock, random: { oneIn, integer, pick } } = this.#world
    const at = clock.now()
    const id = pick([...model.listPlans({ limit: 5 }).map(({ id }) => id), someId(this.#world)])
    const by = this.#actor()
    if (oneIn(3)) return { name: `cancel ${id} ${by}`, actual: () => store.cancelPlan(id, refOf(by)), expected: () => model.cancelPlan(id, at, by) }
    const sendAt = at + integer(8_000)
    const content = {
      sendAt, type: pick(TYPES), expiresAt: model.plan(id)?.isLate || oneIn(3) ? sendAt + integer(4_000) : null, body: JSON.stringify({ id, title: `planned anew ${++this.#number}`, read: false, data: {} })
    }
    const revision = oneIn(4) ? 1 + integer(3) : model.plan(id)?.revision ?? 1
    return {
      name: `replan ${id} ${JSON.stringify(content)} ${by}`,
      actual: () => store.changePlan(id, content, revision, refOf(by)),
      expected: () => model.changePlan(id, content, revision, by)
    }
  }

  edit (): Step {
    const { store, model, clock, random: { oneIn, integer, pick, some } } = this.#world
    const at = clock.now()
    const id = someId(this.#world)
    const expiresAt = pick([undefined, undefined, model.notification(id)?.isLate ? undefined : null, at + integer(20_000)])
    const type = oneIn(3) ? pick(TYPES) : undefined
    const edit: Edit = {
      fields: {
        ...(oneIn(2) ? { title: `edited ${++this.#number}` } : {}),
        ...(oneIn(3) ? { url: pick(['/place', null]) } : {}),
        ...(oneIn(4) ? { actions: oneIn(3) ? null : toActions(some(ACTIONS)) } : {}),
        ...(oneIn(4) ? { data: { more: this.#number, topic: 'another' } } : {}),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString() }),
        ...(type === undefined ? {} : { type })
      },
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(type === undefined ? {} : { type }),
      ...(oneIn(4) ? { revision: 1 + integer(3) } : {})
    }
    const by = this.#actor()
    return { name: `edit ${id} ${JSON.stringify(edit)} ${by}`, actual: () => store.edit(id, edit, refOf(by)), expected: () => model.edit(id, edit, at, by) }
  }

  recall (): Step {
    const { store, model, clock } = this.#world
    const id = someId(this.#world)
    const at = clock.now()
    const by = this.#actor()
    return { name: `recall ${id} ${by}`, actual: () => store.recall(id, refOf(by)), expected: () => model.recall(id, at, by) }
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
    if (oneIn(6)) return this.#make({ ...said, audience: this.audience() })
    return { said, draft: toDraft(said, clock.now()) }
  }

  /** Whose rights are judged: usually nobody's, as for an operator. */
  #actor (): string | undefined {
    const { oneIn, pick } = this.#world.random
    return oneIn(3) ? pick(USERS) : undefined
  }

  #make (said: Said): Sending {
    return { said, draft: toDraft(said, this.#world.clock.now()) }
  }

  #fresh (): Said {
    const { clock, random: { oneIn, pick, integer, some } } = this.#world
    const number = ++this.#number
    const id = pick(['u1', 'u2'])
    const lateJoiners = oneIn(6) || undefined
    const expiresAt = lateJoiners || oneIn(8) ? clock.now() + integer(30_000) : null
    return {
      lateJoiners,
      sender: `user:${id}`,
      by: oneIn(2) ? id : undefined,
      audience: this.audience(),
      title: `number ${number}`,
      type: pick(TYPES),
      topic: oneIn(3) ? null : pick(TOPICS),
      expiresAt,
      sendAt: oneIn(5) ? clock.now() + 1 + integer(expiresAt === null ? 10_000 : expiresAt - clock.now() + 1) : undefined,
      actions: oneIn(2) ? some(ACTIONS) : undefined,
      demand: oneIn(4) ? this.#demand(expiresAt) : undefined,
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

  /** That it must be acknowledged: in time, or with reminders, or both. */
  #demand (expiresAt: number | null): Said['demand'] {
    const { clock, random: { oneIn, integer } } = this.#world
    const by = oneIn(3) ? undefined : Math.min(clock.now() + 1 + integer(20_000), expiresAt ?? Infinity)
    return {
      ...(by === undefined ? {} : { by }),
      ...(oneIn(2) ? { remindSeconds: 1 + integer(5), ...(oneIn(2) ? { reminders: 1 + integer(3) } : {}) } : {}),
      ...(by !== undefined && oneIn(2) ? { escalateTo: this.audience() } : {})
    }
  }

  /** A place in a chain: of one that there is, or of a new one. */
  #link (): Partial<Said> {
    const { sent, random: { oneIn, pick } } = this.#world
    const chained = sent.map(({ said }) => said).filter(({ replaceKey }) => replaceKey !== undefined)
    if (chained.length === 0 || oneIn(5)) return { replaceKey: pick(['one', 'two']) }
    const { sender, by, audience, replaceKey } = pick(chained)
    return { sender, by, audience, replaceKey }
  }

  audience (): Audience {
    const { some, oneIn } = this.#world.random
    const not = oneIn(5) ? { not: { users: some([...USERS, 'nobody']) } } : {}
    return { ...this.#addressees(), ...not }
  }

  #addressees (): Audience {
    const { pick, some } = this.#world.random
    return pick<() => Audience>([
      () => this.#groups(),
      () => this.#groups(),
      () => ({ all: true }),
      () => ({ users: some(USERS) }),
      () => ({ companies: some(COMPANIES) }),
      () => ({ roles: some(ROLES) }),
      () => ({ companies: some(COMPANIES), roles: some(ROLES) })
    ])()
  }

  /** Some groups of a company or global ones; usually there are such groups. */
  #groups (): Audience {
    const { model, random: { pick, some, oneIn } } = this.#world
    const company = pick([null, ...COMPANIES])
    const known = model.groups(company).map(({ group }) => group)
    const groups = known.length > 0 && !oneIn(10) ? some(known) : some(GROUPS)
    return { groups, ...(company === null ? {} : { company }) }
  }
}
