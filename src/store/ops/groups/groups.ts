import { audienceKey, groupKeyPrefix, groupOfKey, type GroupRef } from '../../../log/audience.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import type { GroupRecord, MemberRecord, MembershipRecord, MemberSource } from '../../groups.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { assertMay } from '../identity/actor.ts'
import { removeMembershipsOf } from '../identity/memberships.ts'
import { append } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { INDEX_CLASS } from '../index-class.ts'
import { appendInboxChanged, existing, groupRow, IS_GROUP, toGroup, type GroupRow } from './group.ts'

function * group (_context: ReadContext, ref: GroupRef): Steps<GroupRecord | undefined> {
  const row = yield * groupRow(ref)
  return row && toGroup(row)
}

function * groups (_context: ReadContext, { company, after, limit }: { company: string | null, after?: string, limit: number }): Steps<GroupRecord[]> {
  const prefix = groupKeyPrefix(company)
  const first = after === undefined ? prefix : audienceKey.group({ company, group: after })
  // `0` follows `/`.
  const rows = yield * all<GroupRow>(
    'SELECT key, name, is_open, members FROM user_groups WHERE key > ? AND key < ? ORDER BY key LIMIT ?', first, `${prefix.slice(0, -1)}0`, limit
  )
  return rows.map(toGroup)
}

function * members (_context: ReadContext, ref: GroupRef, { after = '', limit }: { after?: string, limit: number }): Steps<MemberRecord[]> {
  const rows = yield * all<{ user_id: string, username: string | null, source: MemberSource, since: number }>(
    `SELECT w.user_id, u.username, w.source, w.since FROM memberships w LEFT JOIN users u ON u.id = w.user_id
     WHERE w.key = ? AND w.to_seq IS NULL AND w.user_id > ? ORDER BY w.user_id LIMIT ?`, audienceKey.group(ref), after, limit
  )
  return rows.map(({ user_id: userId, ...row }) => ({ userId, ...row }))
}

function * groupsOf (_context: ReadContext, userId: string): Steps<MembershipRecord[]> {
  const rows = yield * all<GroupRow & { source: MemberSource, since: number }>(
    `SELECT g.key, g.name, g.is_open, g.members, w.source, w.since FROM memberships w JOIN user_groups g ON g.key = w.key
     WHERE w.user_id = ? AND w.to_seq IS NULL AND ${IS_GROUP} ORDER BY w.key`, userId
  )
  return rows.map(row => ({ ...toGroup(row), source: row.source, since: row.since }))
}

function * unknownGroups (_context: ReadContext, refs: GroupRef[]): Steps<GroupRef[]> {
  return (yield * unknownGroupKeys(refs.map(audienceKey.group))).map(groupOfKey)
}

/** Which of these keys are of groups that do not exist. */
export function * unknownGroupKeys (keys: string[]): Steps<string[]> {
  const rows = yield * all<{ key: string }>(`SELECT g.key FROM ${rowsOf({ key: 'TEXT' })} AS d JOIN user_groups g ON g.key = d.key`, listOf(keys.map(key => [key])))
  const known = new Set(rows.map(({ key }) => key))
  return keys.filter(key => !known.has(key))
}

function * putGroup ({ batch, at }: WriteContext, ref: GroupRef, { name, isOpen }: { name: string, isOpen: boolean }, by?: ActorRef): Steps<{ group: GroupRecord, created: boolean }> {
  yield * assertMay(batch, by, 'groups.manage', { company: ref.company })
  const before = yield * groupRow(ref)
  const row = (yield * get<GroupRow>(
    `INSERT INTO user_groups (key, name, is_open, members, created_at) VALUES (?, ?, ?, 0, ?)
     ON CONFLICT (key) DO UPDATE SET name = excluded.name, is_open = excluded.is_open RETURNING key, name, is_open, members`,
    audienceKey.group(ref), name, Number(isOpen), at
  ))!
  batch.groups.delete(row.key)
  return { group: toGroup(row), created: !before }
}

/** Up to so many members are told by their own keys that their inboxes changed, more of them by the group's. */
const MAX_NAMED = 1_000

function * removeGroup ({ batch, at }: WriteContext, ref: GroupRef, by?: ActorRef): Steps<void> {
  yield * assertMay(batch, by, 'groups.manage', { company: ref.company })
  const { key, members } = yield * existing(ref)
  const ids = members > MAX_NAMED ? [] : (yield * all<{ user_id: string }>('SELECT w.user_id FROM memberships w WHERE w.key = ? AND w.to_seq IS NULL', key)).map(row => row.user_id)
  // Before the group ends, so that its key still addresses the members.
  if (members > MAX_NAMED) yield * append(batch, { kind: 'inbox.changed', keys: [key], at, body: JSON.stringify({ reason: 'membership' }) })
  const { seq } = yield * append(batch, { kind: 'group.removed', keys: [], at, body: JSON.stringify({ key }) })
  yield * removeMembershipsOf(key, seq, at)
  // Else who joins a group that is made again under this name would have what was sent to the former one.
  yield * run(`DELETE FROM event_keys WHERE key = ? AND class = ${INDEX_CLASS.late}`, key)
  yield * run('DELETE FROM user_groups WHERE key = ?', key)
  batch.groups.delete(key)
  if (ids.length > 0) yield * appendInboxChanged(batch, ids, at)
}

export const reads = { group, groups, members, groupsOf, unknownGroups } satisfies Reads
export const writes = { putGroup, removeGroup } satisfies Writes
