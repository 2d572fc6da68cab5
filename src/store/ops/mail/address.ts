import { get, run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { storeTime } from '../context.ts'
import type { UserRow } from '../identity/member.ts'

/** After how many refusals in a row nothing more is mailed to an address. */
export const MAX_BOUNCES = 3

/** SQL for "mail can be sent to the user (u)". */
export const HAS_ADDRESS = `(u.deleted_at IS NULL AND u.email IS NOT NULL AND u.bounces < ${MAX_BOUNCES})`

/** SQL for where a user's (u) mail is sent; NULL for nowhere. */
export const ADDRESS = `CASE WHEN ${HAS_ADDRESS} THEN u.email END`

/** Says where a user's mail goes, as was stated at `iat` (seconds). Another address has refused nothing yet. */
export function * setEmail (batch: Batch, { id, email: former }: Pick<UserRow, 'id' | 'email'>, email: string | null, iat: number, at: number): Steps<UserRow> {
  if (email !== former) yield * readdress(id, email === null ? null : yield * storeTime(batch.clock, at))
  return (yield * get<UserRow>(
    'UPDATE users SET bounces = CASE WHEN email = ? THEN bounces ELSE 0 END, email = ?, email_iat = ? WHERE id = ? RETURNING *', email, email, iat, id
  ))!
}

/** SQL for "something was in mails that failed at a former address of the user, and in none that was begun since". Parameter of the SQL: the user's id. */
export const hasReturned = (userId: string) => `EXISTS (SELECT 1 FROM mailed r WHERE r.user_id = ${userId} AND r.state = 'returned')`

/**
 * The next mail of each kind is of all that is unread, also of what failed at the former address. One that is begun may have arrived there: it comes again as it was, now
 * that there is somewhere to send it (`dueAt`), and the one after it is of all that is unread.
 */
function * readdress (userId: string, dueAt: number | null): Steps<void> {
  yield * run("UPDATE mailed SET state = 'returned' WHERE user_id = ? AND state = 'failed'", userId)
  yield * run(
    `UPDATE mails SET through = CASE WHEN up_to IS NULL THEN 0 ELSE through END, due_at = CASE WHEN up_to IS NULL THEN due_at ELSE COALESCE(CAST(? AS BIGINT), due_at) END
     WHERE user_id = ?`,
    dueAt, userId
  )
}

/** A removed user's mails are not those of whoever has the id next. */
export function * removeMailsOf (userId: string): Steps<void> {
  yield * run('DELETE FROM mails WHERE user_id = ?', userId)
  yield * run('DELETE FROM mailed WHERE user_id = ?', userId)
}
