import type { Recipient, ReportState } from '../../../../src/store/contract/reports.ts'
import { same } from '../model/compare.ts'
import type { Note } from '../model/notes.ts'
import { isLate } from '../model/said.ts'
import { someId, USERS, type Step, type World } from '../model/world.ts'
import type { Expected } from './model/recipients.ts'

const DEVICES = ['phone', 'laptop', 'tablet']
const STATES: ReportState[] = ['recipients', 'delivered', 'seen', 'read', 'acknowledged', 'outstanding', 'acted', 'muted']

/** Makes up what devices say they have and what is acknowledged, and compares what the store makes of it. */
export class Asking {
  readonly #world: World

  constructor (world: World) {
    this.#world = world
  }

  acknowledge (): Step {
    const { store, model, clock, random: { pick, oneIn, some } } = this.#world
    const user = pick(USERS)
    const at = clock.now()
    const near = model.inbox(user, { limit: 20 }, at).entries.map(({ body }) => JSON.parse(body) as { id: string, acknowledge?: object })
    const owed = near.filter(({ acknowledge }) => acknowledge).map(({ id }) => id)
    const ids = [...(owed.length > 0 ? some(owed) : []), ...(oneIn(3) || owed.length === 0 ? [someId(this.#world)] : [])]
    return { name: `${user} acknowledges ${ids.join()}`, actual: () => store.acknowledge(user, ids), expected: () => model.acknowledge(user, ids, at) }
  }

  /** Half of the connections resumed, and were replayed what there was until now. */
  deliver (): Step {
    const { store, model, clock, random: { pick, oneIn, integer } } = this.#world
    const [userId, device, at] = [pick(USERS), pick(DEVICES), clock.now()]
    const upTo = model.head
    const low = oneIn(2) ? Math.max(model.floor, upTo - integer(30)) : model.floor + integer(upTo - model.floor + 1)
    const isResumed = oneIn(2)
    const seqs = new Set(model.replay(userId, low, upTo, at)?.map(({ seq }) => seq))
    const high = isResumed ? upTo : low + integer(upTo - low + 1)
    return {
      name: `${device} of ${userId} has ${low} to ${high}${isResumed ? ', replayed' : ''}`,
      actual: () => store.recordDeliveries([{ userId, device, low, high, ...(isResumed ? { replayed: { upTo, at } } : {}) }]),
      expected: () => model.deliver(userId, device, { low, high }, isResumed ? { upTo, seqs } : undefined)
    }
  }

  /** Does what is due, in as many steps as the store takes. */
  async remind (): Promise<void> {
    const { store, model, clock } = this.#world
    same(await store.nextDemand(), model.nextDemand(clock.now()), 'when there is something to do')
    const total = { reminders: 0, escalations: 0 }
    for (let isMore = true; isMore;) {
      const { reminders, escalations, more } = await store.remindDue()
      total.reminders += reminders
      total.escalations += escalations
      isMore = more
    }
    same(total, model.remindDue(clock.now()), 'what was reminded of')
  }

  /** Forgets old acknowledgements of what is gone. */
  async forget (): Promise<void> {
    const { store, model, clock, random: { integer } } = this.#world
    const before = clock.now() - integer(30_000)
    const limit = 1 + integer(20)
    while (await store.tidy(limit, before) > 0);
    model.forgetDemands(before)
  }

  async look (user: string): Promise<void> {
    const { store, model, random: { oneIn } } = this.#world
    await this.#devices(user)
    const sent = someId(this.#world)
    const id = oneIn(4) ? `${sent}.escalation` : sent
    same(await store.reported(id), model.reported(id), `report of ${id}`)
    const all = model.acknowledgers(id)
    same(await store.acknowledgements(id, { limit: 100 }), all, `acknowledgements of ${id}`)
    same(await store.countAcknowledgements(id), { acknowledged: all.length, late: all.filter(({ late }) => late).length, seq: model.head }, `acknowledgements of ${id}, counted`)
    const note = model.note(id)
    if (note) return oneIn(2) ? await this.#report(note, user) : undefined
    same([await store.report(id), await store.recipients(id, { state: 'recipients', limit: 1 })], [undefined, undefined], `a report of ${id}`)
    const own = all.find(({ userId }) => userId === user)
    const report = await store.userReport(id, user)
    same(report && [report.matched, report.acknowledgedAt, report.late], own && [true, own.at, own.late], `${user} of ${id}, which is gone`)
  }

  async #devices (user: string): Promise<void> {
    const { store, model } = this.#world
    const has = new Map<string, number[]>()
    let last = { device: '', high: 0 }
    for (const { device, low, high } of await store.deliveries(user)) {
      if (device === last.device && low <= last.high) throw new Error(`${device} of ${user} has two intervals that touch, at ${low}`)
      last = { device, high }
      const seqs = Array.from({ length: high - low }, (_, index) => low + 1 + index).filter(seq => seq > model.floor)
      has.set(device, [...has.get(device) ?? [], ...seqs])
    }
    for (const [device, { surely, perhaps }] of model.devicesOf(user)) {
      const seqs = has.get(device) ?? []
      same(seqs.filter(seq => !perhaps.has(seq)), [], `what ${device} of ${user} never got`)
      same([...surely].filter(seq => seq > model.floor && !seqs.includes(seq)), [], `what ${device} of ${user} got`)
    }
  }

  /** The three depths of a report, and what the model says of each recipient. */
  async #report (note: Note, user: string): Promise<void> {
    const { store, model, clock, random: { pick } } = this.#world
    const { id } = note
    const expected = model.expected(note)
    const state = pick(STATES)
    const listed = await this.#list(id, state)
    for (const of of expected) {
      const is = isIn(of, state, note)
      if (is !== undefined) same(listed.has(of.user), is, `${of.user} among the ${state} of ${id}`)
      if (listed.has(of.user)) compare(listed.get(of.user)!, of, id)
      listed.delete(of.user)
    }
    same([...listed.keys()], [], `others among the ${state} of ${id}`)
    const report = (await store.report(id))!
    for (const name of ['recipients', 'delivered', 'seen', 'read', 'acted', 'muted', 'acknowledged', 'late', 'outstanding'] as const) {
      const having = expected.map(of => name === 'late' ? of.late : isIn(of, name, note))
      const sure = having.filter(is => is === true).length
      const perhaps = having.filter(is => is !== false).length
      if (report[name] < sure || report[name] > perhaps) throw new Error(`${report[name]} ${name} of ${id}, not ${sure} to ${perhaps}`)
    }
    const of = expected.find(of => of.user === user)
    const single = (await store.userReport(id, user))!
    const joined = model.joinedLate(note, user, clock.now())
    if (joined) return same([single.matched, single.reasons, single.readAt !== null], [true, [], joined.state.readAt !== null], `${user}, who joined ${id} later`)
    // Somebody may have joined it later, and left it since.
    if (isLate(note.said) && (!of || of.left)) return
    same(single.matched, of !== undefined, `${user} matched ${id}`)
    if (!of) return same([single.delivered, single.muted, single.seenAt, single.readAt], [false, false, null, null], `${user}, who was not sent ${id}`)
    compare({ ...single, seen: single.seenAt !== null, read: single.readAt !== null }, of, id)
    same([single.reasons.includes('left'), single.reasons.includes('recalled')], [of.left, note.recalled], `why ${user} does not have ${id}: ${single.reasons.join()}`)
  }

  async #list (id: string, state: ReportState): Promise<Map<string, Recipient>> {
    const { store, random: { integer } } = this.#world
    const limit = 1 + integer(4)
    const found = new Map<string, Recipient>()
    for (let after: string | undefined | null; after !== null;) {
      const page: Awaited<ReturnType<typeof store.recipients>> = await store.recipients(id, { state, limit, after })
      for (const recipient of page!.recipients) {
        if (found.has(recipient.userId)) throw new Error(`${recipient.userId} is twice among the ${state} of ${id}`)
        found.set(recipient.userId, recipient)
      }
      after = page!.next
    }
    return found
  }
}

/** Whether somebody must be in a state; undefined if either may be. */
function isIn (of: Expected, state: ReportState, { said }: Note): boolean | undefined {
  switch (state) {
    case 'recipients': return true
    case 'acknowledged': return of.acknowledgedAt !== null
    case 'outstanding': return said.demand !== undefined && of.owes
    default: return of.isFormer ? undefined : of[state]
  }
}

type Single = Pick<Recipient, 'delivered' | 'seen' | 'read' | 'acted' | 'muted' | 'acknowledgedAt' | 'late'>

function compare (actual: Single, of: Expected, id: string): void {
  const names = of.isFormer ? ['acknowledgedAt', 'late'] as const : ['acknowledgedAt', 'late', 'delivered', 'seen', 'read', 'acted', 'muted'] as const
  for (const name of names) if (of[name] !== undefined) same(actual[name], of[name], `${name} of ${id} by ${of.user}`)
}
