import { get, type Steps } from '../../query.ts'
import type { Draft, Replaced } from '../../store.ts'
import type { Batch } from '../batch.ts'
import { formerUserSeq } from '../identity/users.ts'
import { applyRecall, RECALLABLE, type Recallable } from './recall.ts'

/**
 * Recalls the notification that a draft replaces: the newest of its chain, unless that was recalled or a former user
 * with the sender's id sent it. Undefined if the draft begins a chain.
 */
export function * replace (batch: Batch, { chain, sender }: Pick<Draft, 'chain' | 'sender'>, at: number): Steps<Replaced | undefined> {
  if (chain === undefined) return undefined
  const earlier = yield * get<Recallable>(
    `SELECT ${RECALLABLE} FROM events WHERE chain = ? AND recalled_at IS NULL ORDER BY seq DESC LIMIT 1`, chain
  )
  if (!earlier || earlier.seq <= (yield * formerUserSeq(sender))) return undefined
  const { replaced_count: before = 0 } = JSON.parse(earlier.body) as { replaced_count?: number }
  yield * applyRecall(batch, earlier, at)
  return { id: earlier.id, count: before + 1 }
}
