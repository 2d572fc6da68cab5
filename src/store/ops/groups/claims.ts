import { audienceKey, groupOfKey, type Membership } from '../../../log/audience.ts'
import type { GroupLimits, MemberSource } from '../../groups.ts'
import { all, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { closeMemberships, openMemberships, openToToken } from '../identity/memberships.ts'
import type { Batch } from '../batch.ts'
import { addToMembers, appendMembersChanged, IS_GROUP } from './group.ts'

/** The groups that a user's claims begin and end; groups joined in another way stay, and a membership that was ended in Belfry since does not begin. */
export function * claimedChanges ({ id, company }: Membership, groups: string[], iat: number): Steps<{ join: string[], leave: string[], others: number }> {
  const wanted = new Set(groups.map(group => audienceKey.group({ company, group })))
  const open = yield * all<{ key: string, source: MemberSource }>(
    `SELECT w.key, w.source FROM memberships w WHERE w.user_id = ? AND w.to_seq IS NULL AND ${IS_GROUP}`, id
  )
  const leave = open.filter(({ key, source }) => source === 'claim' && !wanted.has(key)).map(({ key }) => key)
  const has = new Set(open.map(({ key }) => key))
  const join = yield * openToToken(id, [...wanted].filter(key => !has.has(key)), iat)
  return { join, leave, others: open.length - leave.length }
}

/**
 * Makes the memberships by claim those that a token states. A group that is unknown is created, closed. Nobody can
 * be asked here: groups that are full, and those beyond what a user may have, are left out. Returns whether anything
 * changed, of which the caller tells the user.
 */
export function * applyGroups (batch: Batch, user: Membership, { names, limits }: { names: string[], limits: GroupLimits }, iat: number, at: number): Steps<boolean> {
  const { join, leave, others } = yield * claimedChanges(user, names, iat)
  if (join.length === 0 && leave.length === 0) return false
  const known = new Map((yield * all<{ key: string, members: number }>(
    `SELECT g.key, g.members FROM ${rowsOf({ key: 'TEXT' })} AS d JOIN user_groups g ON g.key = d.key`, listOf(join.map(key => [key]))
  )).map(({ key, members }) => [key, members]))
  const joined = join.filter(key => (known.get(key) ?? 0) < limits.perGroup).slice(0, Math.max(0, limits.perUser - others))
  if (joined.length === 0 && leave.length === 0) return false
  const created = joined.filter(key => !known.has(key))
  yield * createGroups(created, at)
  for (const key of created) batch.groups.delete(key)
  const change = (keys: string[]) => Object.fromEntries(keys.map(key => [key, [user.id]]))
  const seq = yield * appendMembersChanged(batch, { joined: change(joined), left: change(leave) }, at)
  yield * closeMemberships(leave.map(key => ({ userId: user.id, key })), seq)
  yield * openMemberships(joined.map(key => ({ userId: user.id, key, from: seq })), 'claim', at)
  yield * addToMembers(joined, 1)
  yield * addToMembers(leave, -1)
  return true
}

function * createGroups (keys: string[], at: number): Steps<void> {
  if (keys.length === 0) return
  yield * run(
    `INSERT INTO user_groups (key, name, is_open, members, created_at)
     SELECT key, name, 0, 0, CAST(? AS BIGINT) FROM ${rowsOf({ key: 'TEXT', name: 'TEXT' })} AS d`, at, listOf(keys.map(key => [key, groupOfKey(key).group]))
  )
}
