import type { Draft } from '../../store.ts'
import type { PlanRecord, PlanState } from '../../plans.ts'

/** A row of `plans`. */
export interface PlanRow {
  number: number
  id: string
  state: PlanState
  send_at: number
  made_at: number
  made_seq: number
  ended_at: number | null
  seq: number | null
  refusal: string | null
  revision: number
  sender: string
  scope: string | null
  digest: string
  idempotency_key: string | null
  label: string | null
  draft: string
  body: string | null
}

/** What the column `draft` holds: a Draft without what has columns of its own. */
export type KeptDraft = Pick<Draft, 'keys' | 'type' | 'topic' | 'expiresAt' | 'by' | 'chain' | 'indexClass' | 'lateJoiners' | 'demand'>

/** `former_seq`: up to this `seq`, plans of this sender are those of a former user with the same id. */
export function toPlan (row: PlanRow & { former_seq: number }): PlanRecord {
  const { keys, type, topic, expiresAt, lateJoiners: isLate = false } = JSON.parse(row.draft) as KeptDraft
  const { number, id, state, send_at: sendAt, made_at: madeAt, ended_at: endedAt, seq, refusal, revision, sender, scope, body } = row
  const owner = row.made_seq <= row.former_seq ? '' : sender
  return { number, id, state, sendAt, madeAt, endedAt, seq, refusal, revision, sender, owner, scope, keys, type, topic, expiresAt, isLate, body }
}
