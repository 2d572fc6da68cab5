import { audienceKey, keysOfCohort, type Membership } from '../../../log/audience.ts'
import { listOf, rowsOf, run, type Steps } from '../../query.ts'

/** A membership to open. */
export interface Joining { userId: string, key: string, from: number }

/** Opens memberships, in one statement. */
export function * openMemberships (joinings: Joining[], source: 'user' | 'api' | 'claim' | 'self', at: number): Steps<void> {
  yield * run(
    `INSERT INTO memberships (user_id, key, from_seq, source, since)
     SELECT user_id, key, from_seq, CAST(? AS TEXT), CAST(? AS BIGINT) FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT', from_seq: 'BIGINT' })} AS d`,
    source, at, listOf(joinings.map(({ userId, key, from }) => [userId, key, from]))
  )
}

/** Opens the memberships of a user who was just created: what was sent to the id after `directSeq` was sent to this user. */
export function * openMembershipsOfUser (user: Membership, seq: number, directSeq: number, at: number): Steps<void> {
  const { id: userId } = user
  yield * openMemberships([{ userId, key: audienceKey.user(userId), from: directSeq }, ...keysOfCohort(user).map(key => ({ userId, key, from: seq }))], 'user', at)
}

/** Ends the memberships that a new role or company ends, and opens those that it begins. */
export function * moveMemberships (before: Membership, after: Membership, seq: number, at: number): Steps<void> {
  const { id: userId } = before
  const [old, now] = [keysOfCohort(before), keysOfCohort(after)]
  yield * closeMemberships(userId, old.filter(key => !now.includes(key)), seq)
  yield * openMemberships(now.filter(key => !old.includes(key)).map(key => ({ userId, key, from: seq })), 'user', at)
}

function * closeMemberships (userId: string, keys: string[], seq: number): Steps<void> {
  yield * run(
    `UPDATE memberships SET to_seq = ? WHERE user_id = ? AND to_seq IS NULL AND key IN (SELECT key FROM ${rowsOf({ key: 'TEXT' })} AS d)`,
    seq, userId, listOf(keys.map(key => [key]))
  )
}

/** Ends every membership of a removed user. */
export function * closeAllMemberships (userId: string, seq: number): Steps<void> {
  yield * run('UPDATE memberships SET to_seq = ? WHERE user_id = ? AND to_seq IS NULL', seq, userId)
}
