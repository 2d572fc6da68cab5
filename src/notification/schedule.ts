import { isBelfryError, problem } from '../errors.ts'
import { audienceOf } from '../log/audience.ts'
import { formatCursor } from '../protocol/cursor.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import { isPlatformAdmin, actorRef, senderOf, type Principal } from '../rights/principal.ts'
import { may } from '../rights/rights.ts'
import type { PlanContent, PlanFilter, PlannedDraft, PlanRecord } from '../store/plans.ts'
import type { Draft, Edit, Store } from '../store/store.ts'
import type { Notification } from '../../schemas/notification.ts'
import type { Plan, PlanChange } from '../../schemas/sending/scheduled.ts'
import { invalid } from './check.ts'
import { readTime, type Content } from './draft.ts'
import { editOf } from './edit.ts'

export interface ScheduleDeps {
  store: Pick<Store, 'epoch' | 'schedule' | 'plan' | 'plans' | 'changePlan' | 'cancelPlan'>
  /** How far ahead a notification may be planned. */
  maxDays: number
  /** How many plans may wait. */
  maxPlans: number
  /** Called with the time of a plan that was made or moved, milliseconds since 1970. */
  onPlanned: (sendAt: number) => void
}

export interface PlanReceipt { id: string, send_at: string }

const DAY_MS = 86_400_000
/** How often a change without a `revision` is tried against changes by others. */
const ATTEMPTS = 5

/** Notifications that are sent later. Each method checks the principal's rights and throws catalogued errors. */
export class Schedule {
  readonly #deps: ScheduleDeps

  constructor (deps: ScheduleDeps) {
    this.#deps = deps
  }

  /** Plans a notification whose sender may send it now. A retry gets the receipt of the first attempt. */
  async plan (draft: PlannedDraft): Promise<PlanReceipt> {
    const { store, maxPlans, onPlanned } = this.#deps
    const { id, stored } = await store.schedule(draft, maxPlans)
    if (stored) onPlanned(draft.sendAt)
    // A retry repeats `send_at`: it is in the digest.
    return { id, send_at: formatTimestamp(draft.sendAt) }
  }

  /** The BLF_VALIDATION error for a time at which the content cannot be sent; undefined if there is none. A retry may come when it is past. */
  faultOf ({ sendAt, expiresAt, path = '' }: Content): Error | undefined {
    if (sendAt === undefined) return undefined
    return this.#faultOfTime(`${path}/send_at`, sendAt) ?? faultOfOrder(`${path}/send_at`, sendAt, expiresAt)
  }

  /** The plan with this id. Throws BLF_FORBIDDEN, BLF_NOTIFICATION_NOT_FOUND. */
  async get (principal: Principal, id: string): Promise<Plan> {
    return toPlan(this.#deps.store.epoch, await this.#visible(principal, id))
  }

  /** The plans that the principal may see: those it may recall. Throws BLF_BAD_CURSOR for a `before` that is no `next_before`. */
  async list (principal: Principal, { before, limit, ...filter }: Pick<PlanFilter, 'limit' | 'state'> & { before?: string }): Promise<{ items: Plan[], next_before: string | null }> {
    const { store } = this.#deps
    const from = before === undefined ? {} : { before: numberOf(store.epoch, before) }
    const found = await store.plans({ ...filter, ...from, limit: limit + 1, ...reachOf(principal) })
    const page = found.slice(0, limit)
    // Those of a removed user with the principal's id are in the range of an index, but not the principal's.
    const items = page.filter(plan => mayRecall(principal, plan)).map(plan => toPlan(store.epoch, plan))
    return { items, next_before: found.length > limit ? formatPlanCursor(store.epoch, page.at(-1)!.number) : null }
  }

  /** Throws BLF_FORBIDDEN, BLF_NOTIFICATION_NOT_FOUND, BLF_ALREADY_SENT, BLF_REVISION, BLF_VALIDATION. */
  async change (principal: Principal, id: string, { revision, ...change }: PlanChange): Promise<Plan> {
    const { store, onPlanned } = this.#deps
    for (let attempt = 1; ; attempt++) {
      const plan = await this.#visible(principal, id)
      if (plan.state !== 'planned') throw problem('BLF_ALREADY_SENT')
      if (revision !== undefined && revision !== plan.revision) throw problem('BLF_REVISION')
      const content = this.#merge(plan, change)
      try {
        const changed = await store.changePlan(id, content, plan.revision, actorRef(principal))
        onPlanned(content.sendAt)
        return toPlan(store.epoch, changed)
      } catch (error) {
        const isOvertaken = isBelfryError(error) && error.code === 'BLF_REVISION' && revision === undefined
        if (!isOvertaken || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** Throws BLF_FORBIDDEN, BLF_NOTIFICATION_NOT_FOUND, BLF_ALREADY_SENT. */
  async cancel (principal: Principal, id: string): Promise<void> {
    await this.#deps.store.cancelPlan(id, actorRef(principal))
  }

  async #visible (principal: Principal, id: string): Promise<PlanRecord> {
    const plan = await this.#deps.store.plan(id)
    if (!mayRecall(principal, plan)) throw problem('BLF_FORBIDDEN')
    if (!plan) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such planned notification.')
    return plan
  }

  #faultOfTime (path: string, sendAt: number): Error | undefined {
    const { maxDays } = this.#deps
    if (sendAt <= Date.now()) return invalid(path, 'must be in the future')
    if (sendAt > Date.now() + maxDays * DAY_MS) return invalid(path, `must be at most ${maxDays} days ahead`)
    return undefined
  }

  /** What a plan is with a change. The topic stays, and fields that the change does not name. */
  #merge (plan: PlanRecord, { send_at: newSendAt, ...edited }: Omit<PlanChange, 'revision'>): PlanContent {
    const sendAt = readTime('/send_at', newSendAt) ?? plan.sendAt
    const edit: Edit = newSendAt !== undefined && Object.keys(edited).length === 0 ? { fields: {} } : editOf(edited, plan)
    const { expiresAt = plan.expiresAt, type = plan.type } = edit
    const fault = (newSendAt === undefined ? undefined : this.#faultOfTime('/send_at', sendAt)) ??
      faultOfOrder(newSendAt === undefined ? '/expires_at' : '/send_at', sendAt, expiresAt ?? undefined)
    if (fault) throw fault
    return { type, expiresAt, sendAt, body: JSON.stringify(merge(plan, edit, sendAt)) }
  }
}

function merge (plan: PlanRecord, { fields }: Edit, sendAt: number): object {
  const before = JSON.parse(plan.body!) as Notification
  const { data, ...rest } = { ...before, ...fields }
  // Unless its sender stated another time, it was made when it is sent.
  if (before.created_at === formatTimestamp(plan.sendAt)) rest.created_at = formatTimestamp(sendAt)
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null))
  return { ...kept, data: { ...data, ...(plan.topic === null ? {} : { topic: plan.topic }) } }
}

/** A place in the list of plans, opaque to clients: it looks like no cursor of the log. */
function formatPlanCursor (epoch: string, number: number): string {
  return `${epoch}.plan.${number.toString(36)}`
}

/** The number of the plan at a place. Throws BLF_BAD_CURSOR. */
function numberOf (epoch: string, cursor: string): number {
  const number = parseInt(cursor.split('.').at(-1)!, 36)
  if (!Number.isSafeInteger(number) || cursor !== formatPlanCursor(epoch, number)) throw problem('BLF_BAD_CURSOR')
  return number
}

/** Whether a draft is to be sent later. */
export function isPlanned (draft: Draft): draft is PlannedDraft {
  return draft.sendAt !== undefined
}

function faultOfOrder (path: string, sendAt: number, expiresAt: number | undefined): Error | undefined {
  if (expiresAt === undefined || sendAt < expiresAt) return undefined
  return invalid(path, path.endsWith('/send_at') ? 'must be before expires_at' : 'must be after send_at')
}

function mayRecall (principal: Principal, plan: PlanRecord | undefined): boolean {
  return may(principal, 'recall', plan ? { owner: plan.owner, company: plan.scope } : {})
}

/** Whose plans a principal may see. */
function reachOf (principal: Principal): Pick<PlanFilter, 'sender' | 'scope'> {
  if (principal.kind === 'user' && isPlatformAdmin(principal)) return {}
  const isCompanyAdmin = principal.kind === 'user' && principal.role === 'admin' && principal.company !== null
  return { sender: senderOf(principal), ...(isCompanyAdmin ? { scope: principal.company! } : {}) }
}

/** Converts a plan to its API representation. */
function toPlan (epoch: string, plan: PlanRecord): Plan {
  const { read, created_at: _createdAt, ...notification } = plan.body === null ? {} as Partial<Notification> : JSON.parse(plan.body) as Notification
  return {
    ...notification,
    id: plan.id,
    state: plan.state,
    send_at: formatTimestamp(plan.sendAt),
    title: notification.title ?? null,
    message: notification.message ?? null,
    type: plan.type as Plan['type'],
    data: notification.data ?? (plan.topic === null ? {} : { topic: plan.topic }),
    ...(plan.expiresAt === null ? {} : { expires_at: formatTimestamp(plan.expiresAt) }),
    audience: audienceOf(plan.keys),
    sender: plan.sender,
    created_at: formatTimestamp(plan.madeAt),
    revision: plan.revision,
    ...(plan.endedAt === null ? {} : { ended_at: formatTimestamp(plan.endedAt) }),
    ...(plan.seq === null ? {} : { cursor: formatCursor(epoch, plan.seq) }),
    ...(plan.refusal === null ? {} : { refusal: plan.refusal })
  }
}
