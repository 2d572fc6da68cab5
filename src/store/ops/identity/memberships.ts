import { audienceKey, isGroupKey, isGroupOpenTo, keysOfCohort, type Membership } from '../../../log/audience.ts'
import { newestIatBefore } from '../../../rights/skew.ts'
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
  yield * run(`UPDATE memberships SET to_seq = ? WHERE ${IS_LEAVING}`, seq, listOfLeavings(leavings))
}

const IS_LEAVING = `to_seq IS NULL AND (user_id, key) IN (SELECT user_id, key FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d)`
const listOfLeavings = (leavings: Pick<Joining, 'userId' | 'key'>[]) => listOf(leavings.map(({ userId, key }) => [userId, key]))

/** The `source` of a membership that was ended in Belfry; its `since` says when. */
const REMOVED = 'removed'
/** The `source` of a row, of which there is one at most for a user and a key, that says when Belfry was told that the user is no member, and was none. */
const ABSENT = 'absent'
/** Whose membership says when a group was removed: nobody's. */
const NOBODY = ''

/** Ends memberships that Belfry itself ends, so that older tokens do not begin them again. */
export function * removeMemberships (leavings: Pick<Joining, 'userId' | 'key'>[], seq: number, at: number): Steps<void> {
  if (leavings.length === 0) return
  yield * run(`UPDATE memberships SET to_seq = ?, source = '${REMOVED}', since = ? WHERE ${IS_LEAVING}`, seq, at, listOfLeavings(leavings))
}

/** Remembers that these users are said not to be members, so that older tokens do not make them members. `seq`: that of the next event. */
export function * stateAbsence (absent: Pick<Joining, 'userId' | 'key'>[], seq: number, at: number): Steps<void> {
  if (absent.length === 0) return
  yield * run(
    `INSERT INTO memberships (user_id, key, from_seq, to_seq, source, since)
     SELECT user_id, key, 0, CAST(? AS BIGINT), '${ABSENT}', CAST(? AS BIGINT) FROM ${rowsOf({ user_id: 'TEXT', key: 'TEXT' })} AS d WHERE TRUE
     ON CONFLICT (user_id, key, from_seq) DO UPDATE SET to_seq = excluded.to_seq, since = excluded.since`, seq, at, listOfLeavings(absent)
  )
}

/** Ends every membership of a group that is removed, so that older tokens make nobody a member again, nor the group. */
export function * removeMembershipsOf (key: string, seq: number, at: number): Steps<void> {
  yield * run('UPDATE memberships SET to_seq = ? WHERE key = ? AND to_seq IS NULL', seq, key)
  yield * run(`INSERT INTO memberships (user_id, key, from_seq, to_seq, source, since) VALUES ('${NOBODY}', ?, ?, ?, '${REMOVED}', ?)`, key, seq, seq, at)
}

/** Those of these groups whose membership was neither ended nor denied in Belfry later than a token with this `iat` was made. What the log no longer has is forgotten. */
export function * openToToken (userId: string, keys: string[], iat: number): Steps<string[]> {
  if (keys.length === 0) return []
  const rows = yield * all<{ key: string, at: number }>(
    `SELECT w.key, MAX(w.since) AS at FROM ${rowsOf({ key: 'TEXT' })} AS d CROSS JOIN log l
     JOIN memberships w ON w.user_id IN (?, '${NOBODY}') AND w.key = d.key AND w.to_seq > l.floor AND w.source IN ('${REMOVED}', '${ABSENT}') GROUP BY w.key`,
    listOf(keys.map(key => [key])), userId
  )
  const ended = new Map(rows.map(({ key, at }) => [key, newestIatBefore(at)]))
  return keys.filter(key => iat > (ended.get(key) ?? -Infinity))
}

/** Ends every membership of a removed user. */
export function * closeAllMemberships (userId: string, seq: number): Steps<void> {
  const ended = yield * all<{ key: string }>('UPDATE memberships SET to_seq = ? WHERE user_id = ? AND to_seq IS NULL RETURNING key', seq, userId)
  yield * addToMembers(ended.map(({ key }) => key).filter(isGroupKey), -1)
}
