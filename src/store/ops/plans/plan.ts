import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import type { PlanContent, PlannedDraft, PlanRecord } from '../../plans.ts'
import { get, run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { storeTime, type WriteContext, type Writes } from '../context.ts'
import { assertGroups } from '../groups/known.ts'
import { assertMay } from '../identity/actor.ts'
import { formerUserSeq } from '../identity/users.ts'
import { namesakes } from '../namesakes.ts'
import { ownerOf } from '../life/recall.ts'
import { assertDemand } from '../receipts/demands.ts'
import { matchRetry, storedBody } from '../retry.ts'
import { currentScope } from '../scope.ts'
import { toPlan, type PlanRow } from './row.ts'

/** Stores a plan unless the draft is a retry of one, or of a notification. */
function * schedule ({ batch, at }: WriteContext, draft: PlannedDraft, max: number): Steps<{ id: string, stored: boolean }> {
  const { isNew = false, label, by, sender, digest, idempotencyKey, sendAt, body: _body, scope: given, id: _id, at: _at, ...rest } = draft
  const scope = yield * currentScope(batch, { by, keys: draft.keys, scope: given })
  const match = matchRetry(draft, isNew ? {} : yield * namesakes(draft))
  if ('earlier' in match) return { id: match.earlier.id, stored: false }
  yield * assertGroups(batch, draft.keys)
  yield * assertDemand(batch, match.id, draft)
  const { plans_made: made, plans_waiting: waiting } = (yield * get<{ plans_made: number, plans_waiting: number }>('SELECT plans_made, plans_waiting FROM log'))!
  if (waiting >= max) throw problem('BLF_SCHEDULE_FULL')
  const { id } = match
  // Whether the session that it was made in still lasts does not matter when it is published.
  const kept = JSON.stringify({ ...rest, ...(by ? { by: { ...by, sessionId: null } } : {}) })
  // Not 0, not even in an empty log: up to 0 is what users have who had no predecessor.
  const madeSeq = Math.max(1, batch.seq)
  yield * run(
    `INSERT INTO plans (number, id, state, send_at, made_at, made_seq, revision, sender, scope, digest, idempotency_key, label, draft, body)
     VALUES (?, ?, 'planned', ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
    made + 1, id, sendAt, yield * storeTime(batch.clock, at), madeSeq, sender, scope, digest, idempotencyKey, label?.text ?? null, kept,
    storedBody(draft, id)
  )
  yield * run('UPDATE log SET plans_made = plans_made + 1, plans_waiting = plans_waiting + 1')
  return { id, stored: true }
}

/** The plan that the actor may change or cancel. Throws BLF_FORBIDDEN, BLF_NOTIFICATION_NOT_FOUND. */
function * ownPlan (batch: Batch, id: string, by: ActorRef | undefined): Steps<PlanRow> {
  const found = yield * get<PlanRow>('SELECT * FROM plans WHERE id = ?', id)
  yield * assertMay(batch, by, 'recall', found ? { owner: yield * ownerOf({ sender: found.sender, seq: found.made_seq }), company: found.scope } : {})
  if (!found) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such planned notification.')
  return found
}

function * changePlan ({ batch }: WriteContext, id: string, { sendAt, type, expiresAt, body }: PlanContent, revision: number, by?: ActorRef): Steps<PlanRecord> {
  const found = yield * ownPlan(batch, id, by)
  if (found.state !== 'planned') throw problem('BLF_ALREADY_SENT')
  if (found.revision !== revision) throw problem('BLF_REVISION')
  const draft = JSON.stringify({ ...JSON.parse(found.draft) as object, type, expiresAt })
  const changed = yield * get<PlanRow>(
    'UPDATE plans SET send_at = ?, draft = ?, body = ?, revision = revision + 1 WHERE number = ? RETURNING *', sendAt, draft, body, found.number
  )
  return toPlan({ ...changed!, former_seq: yield * formerUserSeq(found.sender) })
}

function * cancelPlan ({ batch, at }: WriteContext, id: string, by?: ActorRef): Steps<void> {
  const { number, state } = yield * ownPlan(batch, id, by)
  // A retry of a call whose answer was lost.
  if (state === 'cancelled') return
  if (state !== 'planned') throw problem('BLF_ALREADY_SENT')
  yield * run("UPDATE plans SET state = 'cancelled', ended_at = ?, body = NULL WHERE number = ?", yield * storeTime(batch.clock, at), number)
  yield * run('UPDATE log SET plans_waiting = plans_waiting - 1')
}

export const writes = { schedule, changePlan, cancelPlan } satisfies Writes
