import { keysOfAudience } from '../../../../src/log/audience.ts'
import type { PlanContent, PlanFilter, PlanRecord } from '../../../../src/store/plans.ts'
import { Notes, type Content, type Plan } from './notes.ts'
import { Refusal } from './people.ts'
import { isLate, type Sending } from './said.ts'

/** What one look for due plans did. */
export interface Due { seqs: number[], refused: number, expired: number }

/** The part of the model that is about what is sent later. */
export abstract class Plans extends Notes {
  schedule ({ said, draft }: Sending): { id: string, stored: boolean } {
    const scope = this.scopeOf(said)
    const match = this.match(said, draft)
    if ('earlier' in match) return { id: match.earlier.id, stored: false }
    this.assertGroups(said.audience)
    this.assertDemand(match.id, said)
    this.plans.set(match.id, {
      id: match.id,
      number: this.plans.size + 1,
      said,
      scope,
      state: 'planned',
      sendAt: said.sendAt!,
      madeAt: draft.at,
      seq: this.head,
      endedAt: null,
      published: null,
      refusal: null,
      revision: 1,
      type: said.type,
      topic: said.topic,
      expiresAt: said.expiresAt,
      content: { ...JSON.parse(draft.body), id: match.id } as Content
    })
    return { id: match.id, stored: true }
  }

  plan (id: string): PlanRecord | undefined {
    const plan = this.plans.get(id)
    return plan && this.#toRecord(plan)
  }

  /** Newest first: of a sender, or of a company's. */
  listPlans ({ limit, sender, scope, state, before = Infinity }: PlanFilter): PlanRecord[] {
    const isOwned = (plan: Plan) => (sender === undefined && scope === undefined) || plan.said.sender === sender || (scope !== undefined && plan.scope === scope)
    return [...this.plans.values()].reverse().filter(plan => {
      return plan.number < before && (state === undefined || plan.state === state) && isOwned(plan)
    }).slice(0, limit).map(plan => this.#toRecord(plan))
  }

  changePlan (id: string, { sendAt, type, expiresAt, body }: PlanContent, revision: number, by?: string): PlanRecord {
    const plan = this.#changeable(id, by)
    if (plan.revision !== revision) throw new Refusal('BLF_REVISION')
    Object.assign(plan, { sendAt, type, expiresAt, content: JSON.parse(body), revision: revision + 1 })
    return this.#toRecord(plan)
  }

  cancelPlan (id: string, at: number, by?: string): void {
    const plan = this.#own(id, by)
    if (plan.state === 'cancelled') return
    Object.assign(this.#changeable(id, by), { state: 'cancelled', endedAt: at, content: null })
  }

  nextPlan (now: number): { waiting: number, dueIn: number | null } {
    const waiting = this.#waiting()
    return { waiting: waiting.length, dueIn: waiting.length === 0 ? null : Math.max(0, waiting[0]!.sendAt - now) }
  }

  /** Everything that is due, in the order of its time, then as it was planned. What has expired or may not be sent any more never is. */
  publishDue (now: number): Due {
    const due: Due = { seqs: [], refused: 0, expired: 0 }
    for (const plan of this.#waiting().filter(({ sendAt }) => sendAt <= now)) {
      plan.endedAt = now
      const refusal = this.#refusalOf(plan)
      if (plan.expiresAt !== null && plan.expiresAt <= now) {
        plan.state = 'expired'
        due.expired += 1
      } else if (refusal !== undefined) {
        Object.assign(plan, { state: 'refused', refusal })
        due.refused += 1
      } else {
        const { id, said, type, topic, expiresAt, content } = plan
        plan.state = 'sent'
        plan.published = this.publish({ id, said, type, topic, expiresAt, content: content!, scope: this.scopeOf(said) }, now).seq
        due.seqs.push(plan.published)
      }
    }
    return due
  }

  #waiting (): Plan[] {
    return [...this.plans.values()].filter(({ state }) => state === 'planned').sort((a, b) => a.sendAt - b.sendAt || a.number - b.number)
  }

  /** Rights are those of the moment: of who planned it, not of who has the id since. */
  #refusalOf ({ id, said, seq }: Plan): string | undefined {
    if (said.by && seq <= this.formerUpTo(said.sender)) return 'BLF_UNAUTHENTICATED'
    try {
      this.scopeOf(said)
      this.assertGroups(said.audience)
      this.assertDemand(id, said)
      return undefined
    } catch (refusal) {
      return (refusal as Refusal).code
    }
  }

  #own (id: string, by: string | undefined): Plan {
    const plan = this.plans.get(id)
    this.assertOwner(by, plan)
    if (!plan) throw new Refusal('BLF_NOTIFICATION_NOT_FOUND')
    return plan
  }

  #changeable (id: string, by: string | undefined): Plan {
    const plan = this.#own(id, by)
    if (plan.state !== 'planned') throw new Refusal('BLF_ALREADY_SENT')
    return plan
  }

  /** What was published has the text that the log has of it, until it is recalled or removed. */
  #toRecord (plan: Plan): PlanRecord {
    const { id, number, said, scope, state, sendAt, madeAt, seq, endedAt, published, refusal, revision, type, topic, expiresAt } = plan
    const note = state === 'sent' ? this.notes.get(id) : undefined
    const content = state === 'sent' ? (note?.seq === published && !note.recalled ? note.content : null) : plan.content
    return {
      id,
      number,
      sender: said.sender,
      scope,
      state,
      sendAt,
      madeAt,
      endedAt,
      seq: published,
      refusal,
      revision,
      type,
      topic,
      expiresAt,
      isLate: isLate(said),
      owner: seq <= this.formerUpTo(said.sender) ? '' : said.sender,
      keys: keysOfAudience(said.audience),
      body: content && JSON.stringify(content)
    }
  }
}
