import type { Draft, NotificationRecord, Receipt } from '../store.ts'
import { get, type Steps } from '../query.ts'
import { append } from './batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from './context.ts'
import { namesakes, findNamesakes } from './namesakes.ts'
import { excludeFrom } from './exclude.ts'
import { assertGroups } from './groups/known.ts'
import { classOf } from './index-class.ts'
import { currentScope } from './scope.ts'
import { formerUserSeq } from './identity/users.ts'
import { ownerOf } from './life/recall.ts'
import { replace } from './life/replace.ts'
import { assertDemand, openDemands } from './receipts/demands.ts'
import { matchRetry, ownNamesakes, storedBody } from './retry.ts'

/** Appends a notification unless the draft is a retry of a stored one. What it replaces is recalled before it. */
function * notify ({ batch, at: now }: WriteContext, draft: Draft): Steps<Receipt> {
  // Field by field, here and in what follows: this runs for every send.
  const { keys, topic, at, expiresAt, isNew = false, label, type, sender, digest, idempotencyKey, chain } = draft
  const scope = yield * currentScope(batch, draft)
  const match = matchRetry(draft, isNew ? {} : yield * namesakes(draft))
  if ('earlier' in match) return { id: match.earlier.id, seq: match.earlier.seq, stored: false }
  yield * assertGroups(batch, keys)
  const { id } = match
  if (draft.demand) yield * assertDemand(batch, id, draft)
  const replaces = chain === undefined ? undefined : yield * replace(batch, draft, now)
  const body = storedBody(draft, id, replaces)
  const event = yield * append(batch, { kind: 'notification', id, keys, topic, at, expiresAt, body }, {
    type, sender, scope, digest, idempotencyKey, label: label?.text ?? null, chain, indexClass: classOf(draft)
  })
  yield * excludeFrom([event])
  if (draft.demand) yield * openDemands(batch, [{ seq: event.seq, id, sender, scope, demand: draft.demand, by: draft.by }], now)
  return { id, seq: event.seq, stored: true, ...(replaces ? { replaces } : {}) }
}

function * isRetry (_context: ReadContext, draft: Draft): Steps<boolean> {
  if (draft.isNew) return false
  const own = ownNamesakes(yield * findNamesakes(draft), yield * formerUserSeq(draft.sender))
  return Object.values(own).some(earlier => earlier?.digest === draft.digest)
}

function * notification (_context: ReadContext, id: string): Steps<NotificationRecord | undefined> {
  const found = yield * get<Omit<NotificationRecord, 'isLate'> & { seq: number, late: number | null }>('SELECT id, seq, sender, scope, topic, late FROM events WHERE id = ? AND recalled_at IS NULL', id)
  return found && { id, sender: yield * ownerOf(found), scope: found.scope, topic: found.topic, isLate: found.late === 1 }
}

export const reads = { isRetry, notification } satisfies Reads
export const writes = { notify } satisfies Writes
