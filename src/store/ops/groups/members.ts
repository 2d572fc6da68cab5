import { audienceKey, isGroupOpenTo, type GroupRef } from '../../../log/audience.ts'
import { problem } from '../../../errors.ts'
import type { ActorRef } from '../../../rights/principal.ts'
import { may } from '../../../rights/rights.ts'
import type { GroupLimits, GroupRecord, MemberChange, MemberSource } from '../../groups.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import { assertMay, currentActor } from '../identity/actor.ts'
import { openMemberships, removeMemberships, stateAbsence } from '../identity/memberships.ts'
import type { Batch } from '../batch.ts'
import type { WriteContext, Writes } from '../context.ts'
import { addToMembers, appendInboxChanged, appendMembersChanged, existing, groupRow, IS_GROUP, toGroup, type GroupRow } from './group.ts'

const idsOf = (ids: string[]) => listOf(ids.map(id => [id]))
const IDS = rowsOf({ id: 'TEXT' })

function * changeMembers ({ batch, at }: WriteContext, ref: GroupRef, change: MemberChange, limits: GroupLimits, by?: ActorRef) {
  yield * assertMay(batch, by, 'groups.manage', { company: ref.company })
  const row = yield * existing(ref)
  if (ref.company !== null) yield * assertNoForeigner(change.add, ref.company)
  return yield * apply(batch, row, change, 'api', limits, at)
}

/** Throws BLF_FORBIDDEN if one of the users is not of the company. */
function * assertNoForeigner (ids: string[], company: string): Steps<void> {
  const foreigner = yield * get<{ id: string }>(
    `SELECT u.id FROM ${IDS} AS d CROSS JOIN users u WHERE u.id = d.id AND u.deleted_at IS NULL AND u.company IS DISTINCT FROM ? LIMIT 1`, idsOf(ids), company
  )
  if (foreigner) throw problem('BLF_FORBIDDEN', 'Members of a company\'s group are of that company.')
}

/** Adds and removes members, in a bounded number of statements. */
function * apply (batch: Batch, row: GroupRow, { add, remove }: MemberChange, source: MemberSource, limits: GroupLimits, at: number): Steps<{ added: number, removed: number, members: number }> {
  // A lookup for each: until PostgreSQL has statistics of a new table, it would compare each of these with every member.
  const known = new Map((yield * all<{ id: string, source: MemberSource | null }>(
    `SELECT d.id, (SELECT w.source FROM memberships w WHERE w.key = ? AND w.user_id = d.id AND w.to_seq IS NULL) AS source FROM ${IDS} AS d`, row.key, idsOf([...new Set([...add, ...remove])])
  )).flatMap(({ id, source }) => source === null ? [] : [[id, source] as const]))
  const [added, removed] = [new Set(add), new Set(remove)]
  const joined = [...added].filter(id => !known.has(id))
  const left = [...removed].filter(id => known.has(id))
  const never = [...removed].filter(id => !known.has(id) && !added.has(id))
  const members = row.members + joined.length - left.length
  if (joined.length > 0) {
    if (members > limits.perGroup) throw problem('BLF_GROUP_FULL', `A group has at most ${limits.perGroup} members.`)
    yield * assertFewGroups(joined, limits.perUser)
  }
  if (source === 'api') yield * keepWithoutClaim(row.key, add.filter(id => (known.get(id) ?? 'api') !== 'api'))
  yield * stateAbsence(never.map(userId => ({ userId, key: row.key })), batch.seq + 1, at)
  if (joined.length > 0 || left.length > 0) {
    const seq = yield * appendMembersChanged(batch, { joined: { [row.key]: joined }, left: { [row.key]: left } }, at)
    yield * removeMemberships(left.map(userId => ({ userId, key: row.key })), seq, at)
    yield * openMemberships(joined.map(userId => ({ userId, key: row.key, from: seq })), source, at)
    yield * addToMembers([row.key], joined.length - left.length)
    yield * appendInboxChanged(batch, [...joined, ...left], at)
  }
  return { added: joined.length, removed: left.length, members }
}

/** Throws BLF_GROUP_FULL if one of the users has as many groups as may be. */
function * assertFewGroups (ids: string[], most: number): Steps<void> {
  const full = yield * get<{ id: string }>(
    `SELECT d.id FROM ${IDS} AS d WHERE (SELECT count(*) FROM memberships w WHERE w.user_id = d.id AND w.to_seq IS NULL AND ${IS_GROUP}) >= ? LIMIT 1`, idsOf(ids), most
  )
  if (full) throw problem('BLF_GROUP_FULL', `A user is a member of at most ${most} groups: ${full.id} is.`)
}

/** Members by a claim whom the API adds as well stay when the claim ends. */
function * keepWithoutClaim (key: string, ids: string[]): Steps<void> {
  if (ids.length === 0) return
  yield * run(`UPDATE memberships SET source = 'api' WHERE key = ? AND to_seq IS NULL AND user_id IN (SELECT id FROM ${IDS} AS d)`, key, idsOf(ids))
}

/** The open group that the actor may join or leave. */
function * openGroup (batch: Batch, ref: GroupRef, by: ActorRef): Steps<GroupRow> {
  const actor = yield * currentActor(batch, by)
  if (actor.kind !== 'user' || !isGroupOpenTo(audienceKey.group(ref), actor.company)) throw problem('BLF_FORBIDDEN')
  const row = yield * groupRow(ref)
  if (row?.is_open === 1) return row
  // Who may not see closed groups does not learn which there are.
  if (!row && may(actor, 'groups.manage', { company: ref.company })) throw problem('BLF_GROUP_NOT_FOUND')
  throw problem('BLF_FORBIDDEN', 'There is no open group of this name: of others, others say who is a member.')
}

function * joinGroup ({ batch, at }: WriteContext, ref: GroupRef, limits: GroupLimits, by: ActorRef): Steps<GroupRecord> {
  const row = yield * openGroup(batch, ref, by)
  const { members } = yield * apply(batch, row, { add: [by.id], remove: [] }, 'self', limits, at)
  return toGroup({ ...row, members })
}

function * leaveGroup ({ batch, at }: WriteContext, ref: GroupRef, by: ActorRef): Steps<void> {
  const row = yield * openGroup(batch, ref, by)
  yield * apply(batch, row, { add: [], remove: [by.id] }, 'self', { perGroup: Infinity, perUser: Infinity }, at)
}

export const writes = { changeMembers, joinGroup, leaveGroup } satisfies Writes
