import { get, run, type Steps } from '../../query.ts'
import type { UserRow } from '../identity/member.ts'

/** After how many refusals in a row nothing more is mailed to an address. */
export const MAX_BOUNCES = 3

/** SQL for "mail can be sent to the user (u)". */
export const HAS_ADDRESS = `(u.deleted_at IS NULL AND u.email IS NOT NULL AND u.bounces < ${MAX_BOUNCES})`

/** Says where a user's mail goes, as was stated at `iat` (seconds). Another address has refused nothing yet. */
export function * setEmail ({ id }: Pick<UserRow, 'id'>, email: string | null, iat: number): Steps<UserRow> {
  return (yield * get<UserRow>(
    'UPDATE users SET bounces = CASE WHEN email = ? THEN bounces ELSE 0 END, email = ?, email_iat = ? WHERE id = ? RETURNING *', email, email, iat, id
  ))!
}

/** A removed user's mails are not those of whoever has the id next. */
export function * removeMailsOf (userId: string): Steps<void> {
  yield * run('DELETE FROM mails WHERE user_id = ?', userId)
  yield * run('DELETE FROM mailed WHERE user_id = ?', userId)
}
