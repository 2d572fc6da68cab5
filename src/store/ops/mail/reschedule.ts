import { digestAfter } from '../../../preferences/quiet.ts'
import type { Choices } from '../../../protocol/preferences.ts'
import { run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { storeTime } from '../context.ts'

/**
 * After a change of a user's preferences: what waits for the end of quiet hours is judged again at once, and what was collected
 * is due at the time that holds now. What is begun goes on.
 */
export function * rescheduleMails (batch: Batch, userId: string, own: Choices, at: number): Steps<void> {
  const now = yield * storeTime(batch.clock, at)
  yield * run(
    "UPDATE mails SET due_at = CASE WHEN kind = 'digest' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END WHERE user_id = ? AND due_at > ? AND up_to IS NULL",
    digestAfter(own, now), now, userId, now
  )
}
