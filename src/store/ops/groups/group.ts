import { audienceKey, groupOfKey, type GroupRef } from '../../../log/audience.ts'
import type { MembersChanged } from '../../../log/event.ts'
import { problem } from '../../../errors.ts'
import type { GroupRecord } from '../../groups.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { append, type Batch } from '../batch.ts'
import { countUnread } from '../inbox/counts.ts'

export interface GroupRow { key: string, name: string, is_open: number, members: number }

/** SQL for "the key of a group", as a range that an index can find: `;` follows `:`. */
export const IS_GROUP = "w.key >= 'g:' AND w.key < 'g;'"

export function toGroup ({ key, name, is_open: isOpen, members }: GroupRow): GroupRecord {
  return { ...groupOfKey(key), name, isOpen: isOpen === 1, members }
}

export function * groupRow (ref: GroupRef): Steps<GroupRow | undefined> {
  return yield * get<GroupRow>('SELECT key, name, is_open, members FROM user_groups WHERE key = ?', audienceKey.group(ref))
}

/** The group's row. Throws BLF_GROUP_NOT_FOUND. */
export function * existing (ref: GroupRef): Steps<GroupRow> {
  const row = yield * groupRow(ref)
  if (!row) throw problem('BLF_GROUP_NOT_FOUND')
  return row
}

/** The keys of the groups that a user is a member of. */
export function * groupKeysOf (userId: string): Steps<string[]> {
  const rows = yield * all<{ key: string }>(`SELECT w.key FROM memberships w WHERE w.user_id = ? AND w.to_seq IS NULL AND ${IS_GROUP} ORDER BY w.key`, userId)
  return rows.map(({ key }) => key)
}

/** Adds to the numbers of members of these groups. */
export function * addToMembers (keys: string[], number: number): Steps<void> {
  if (keys.length === 0) return
  yield * run(
    `UPDATE user_groups SET members = members + ? WHERE key IN (SELECT key FROM ${rowsOf({ key: 'TEXT' })} AS d)`, number, listOf(keys.map(key => [key]))
  )
}

/** Tells every node that memberships changed. Returns the event's `seq`. */
export function * appendMembersChanged (batch: Batch, change: MembersChanged, at: number): Steps<number> {
  return (yield * append(batch, { kind: 'members.changed', keys: [], at, body: JSON.stringify(change) })).seq
}

/** The most users that one event names. */
const MAX_USERS = 1_000

/** The inboxes of these users hold other notifications now, so their devices must reload them. A single user's is counted. */
export function * appendInboxChanged (batch: Batch, userIds: string[], at: number): Steps<void> {
  const { count, unseen } = (userIds.length === 1 ? yield * countUnread(userIds[0]!, at) : undefined) ?? {}
  const body = JSON.stringify({ reason: 'membership', unread_count: count, unseen_count: unseen })
  for (let first = 0; first < userIds.length; first += MAX_USERS) {
    yield * append(batch, { kind: 'inbox.changed', keys: userIds.slice(first, first + MAX_USERS).map(audienceKey.user), at, body })
  }
}
