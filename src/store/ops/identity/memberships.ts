import { audienceKey, isGroupKey, isGroupOpenTo, keysOfCohort, type Membership } from '../../../log/audience.ts'
import type { MemberSource } from '../../groups.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { addToMembers, groupKeysOf } from '../groups/group.ts'

/** A membership to open. */
export interface Joining { userId: string, key: string, from: number }

/** Opens memberships, in one statement. */
export function * openMemberships (joinings: Joining[], source: 'user' | MemberSource, at: number): Steps<void> {
  if (joinings.length === 0) return
  yield * run(
    `INSERT INTO memberships (user_id, key, from_seq, source, since)
     SELECT user_id, key, from_seq, CAST(? AS TEXT), CAST(? AS BIGINT) FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT', from_seq: 'BIGINT' })} AS d`,
    source, at, listOf(joinings.map(({ userId, key, from }) => [userId, key, from]))
  )
}

/** Opens the memberships of a user who was just created: what was sent to the id after `directSeq` was sent to this user. */
export function * openMembershipsOfUser (user: Membership, seq: number, directSeq: number, at: number): Steps<void> {
  const { id: userId, company } = user
  // Whoever was added to a group of another company before becoming a user is no member of it.
  yield * closeGroups(userId, (yield * groupKeysOf(userId)).filter(key => !isGroupOpenTo(key, company)), seq)
  yield * openMemberships([{ userId, key: audienceKey.user(userId), from: directSeq }, ...keysOfCohort(user).map(key => ({ userId, key, from: seq }))], 'user', at)
}

/** Ends the memberships that a new role or company ends, those of the former company's groups too, and opens those that it begins. */
export function * moveMemberships (before: Membership, after: Membership, seq: number, at: number): Steps<void> {
  const { id: userId } = before
  const [old, now] = [keysOfCohort(before), keysOfCohort(after)]
  if (before.company !== after.company) {
    yield * closeGroups(userId, (yield * groupKeysOf(userId)).filter(key => !isGroupOpenTo(key, after.company)), seq)
  }
  yield * closeMemberships(old.filter(key => !now.includes(key)).map(key => ({ userId, key })), seq)
  yield * openMemberships(now.filter(key => !old.includes(key)).map(key => ({ userId, key, from: seq })), 'user', at)
}

function * closeGroups (userId: string, keys: string[], seq: number): Steps<void> {
  if (keys.length === 0) return
  yield * closeMemberships(keys.map(key => ({ userId, key })), seq)
  yield * addToMembers(keys, -1)
}

/** Ends memberships, in one statement. */
export function * closeMemberships (leavings: Pick<Joining, 'userId' | 'key'>[], seq: number): Steps<void> {
  if (leavings.length === 0) return
  yield * run(
    `UPDATE memberships SET to_seq = ? WHERE to_seq IS NULL AND (user_id, key) IN (SELECT user_id, key FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d)`,
    seq, listOf(leavings.map(({ userId, key }) => [userId, key]))
  )
}

/** Ends every membership of a removed user. */
export function * closeAllMemberships (userId: string, seq: number): Steps<void> {
  const ended = yield * all<{ key: string }>('UPDATE memberships SET to_seq = ? WHERE user_id = ? AND to_seq IS NULL RETURNING key', seq, userId)
  yield * addToMembers(ended.map(({ key }) => key).filter(isGroupKey), -1)
}
