import { audienceKey, type Audience } from '../../../log/audience.ts'
import type { NewUserRecord, UserCredentials, UserFilter, UserRecord } from '../../store.ts'
import { problem } from '../../../errors.ts'
import { senderOf, type ActorRef } from '../../../rights/principal.ts'
import { newestIatBefore } from '../../../rights/skew.ts'
import { mayChooseId, mayManageUser } from '../../../rights/rights.ts'
import { all, get, listOf, rowsOf, run, type Steps, type Value } from '../../query.ts'
import { currentActor, isTrusted } from './actor.ts'
import { append, type Batch } from '../batch.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { memberRow, toRecord, type UserRow } from './member.ts'
import { openMembershipsOfUser } from './memberships.ts'

const USER_SENDER = senderOf({ kind: 'user', id: '' })

/** Tells every node that a user changed; `role` is absent if the user was removed. Returns the event's `seq`. */
export function * appendUserUpdated (batch: Batch, user: { id: string, role?: string, company?: string | null }, at: number): Steps<number> {
  const { id, role, company } = user
  return (yield * append(batch, { kind: 'user.updated', keys: [], at, body: JSON.stringify({ id, role, company }) })).seq
}

function * user (_context: ReadContext, id: string): Steps<UserRecord | undefined> {
  const row = yield * memberRow(id)
  return row && toRecord(row)
}

function * usersById (_context: ReadContext, ids: string[]): Steps<UserRecord[]> {
  const rows = yield * all<UserRow>(`SELECT u.* FROM ${rowsOf({ id: 'TEXT' })} AS d JOIN users u ON u.id = d.id WHERE u.deleted_at IS NULL`, listOf(ids.map(id => [id])))
  return rows.map(toRecord)
}

function * userByName (_context: ReadContext, username: string): Steps<UserCredentials | undefined> {
  const row = yield * get<UserRow>('SELECT * FROM users WHERE username = ?', username)
  return row && { ...toRecord(row), passwordHash: row.password_hash }
}

/** `q + LAST` sorts after every text that begins with `q`: both engines compare bytes. */
const LAST = '\u{10FFFF}'
/** So many users whose names begin with a text are sorted; where there are more, the order of ids soon comes to some of them. */
const FEW = 1_000

const NAMED = `SELECT n.id FROM (SELECT id FROM users WHERE username >= ? AND username < ? LIMIT ?) AS n
  UNION SELECT c.id FROM (SELECT id FROM users WHERE name >= ? AND name < ? LIMIT ?) AS c
  UNION SELECT m.id FROM (SELECT id FROM users WHERE email >= ? AND email < ? LIMIT ?) AS m`
/** What `q` is the start of. */
const NAMES = ['id', 'username', 'name', 'email']

type Condition = [sql: string, ...params: Value[]]
type Fixed = [column: 'company' | 'role', value: string][]

/**
 * SQL for users with these values, between two ids, in the order of ids: by the index that begins with the columns of the values. The last of them as
 * rows, which no other index can compare and order: if PostgreSQL takes a company for a large one, it would look for its users among all others.
 */
function between (fixed: Fixed, low: [operator: '>' | '>=', id: string], high?: string): { conditions: Condition[], order: string } {
  const equal = fixed.slice(0, -1).map(([column, value]): Condition => [`${column} = ?`, value])
  const last = fixed.at(-1)
  if (!last) return { conditions: [[`id ${low[0]} ?`, low[1]], ...high === undefined ? [] : [['id < ?', high] satisfies Condition]], order: 'id' }
  const [column, value] = last
  const end: Condition = high === undefined ? [`${column} <= ?`, value] : [`(${column}, id) < (?, ?)`, value, high]
  return { conditions: [...equal, [`(${column}, id) ${low[0]} (?, ?)`, value, low[1]], end], order: `${column}, id` }
}

function * users (_context: ReadContext, { after = '', limit, company, role, q, group }: UserFilter): Steps<UserRecord[]> {
  const fixed: Fixed = []
  if (company !== undefined) fixed.push(['company', company])
  if (role !== undefined) fixed.push(['role', role])
  const others: Condition[] = [['deleted_at IS NULL']]
  if (group) others.push(['EXISTS (SELECT 1 FROM memberships w WHERE w.key = ? AND w.user_id = users.id AND w.to_seq IS NULL)', audienceKey.group(group)])
  function * page ({ conditions, order }: ReturnType<typeof between>, ...which: Condition[]): Steps<UserRow[]> {
    const every = [...conditions, ...which, ...others]
    return yield * all<UserRow>(`SELECT * FROM users WHERE ${every.map(([sql]) => sql).join(' AND ')} ORDER BY ${order} LIMIT ?`, ...every.flatMap(([, ...params]) => params), limit)
  }
  if (q === undefined) return (yield * page(between(fixed, ['>', after]))).map(toRecord)
  const within = [q, q + LAST]
  const named = yield * all<{ id: string }>(NAMED, ...[1, 2, 3].flatMap(() => [...within, FEW + 1]))
  if (named.length > FEW) return (yield * page(between(fixed, ['>', after]), [`(${NAMES.map(name => `(${name} >= ? AND ${name} < ?)`).join(' OR ')})`, ...NAMES.flatMap(() => within)])).map(toRecord)
  // Ids and names each by their index. Of two bounds from below, an engine would look from either.
  const byId = yield * page(between(fixed, Buffer.compare(Buffer.from(after), Buffer.from(q)) < 0 ? ['>=', q] : ['>', after], q + LAST))
  const equal = fixed.map(([column, value]): Condition => [`${column} = ?`, value])
  const byName = named.length === 0 ? [] : yield * page(between([], ['>', after]), ...equal, [`id IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS d)`, listOf(named.map(({ id }) => [id]))])
  const rows = new Map([...byId, ...byName].map(row => [row.id, row]))
  return [...rows.values()].sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))).slice(0, limit).map(toRecord)
}

function * countUsersEver (): Steps<number> {
  return (yield * get<{ c: number }>('SELECT count(*) AS c FROM users'))!.c
}

function * countAudience (_context: ReadContext, audience: Audience): Steps<number> {
  const { users, companies, roles, groups, not } = audience
  const excluded = [...new Set(not?.users ?? [])]
  if (users) return new Set(users.filter(id => !excluded.includes(id))).size
  if (groups) return yield * countMembers(audience, 'IS NOT NULL')
  const conditions = ['deleted_at IS NULL']
  const params: Value[] = []
  for (const [column, names] of [['company', companies], ['role', roles]] as const) {
    if (!names) continue
    conditions.push(`${column} IN (${names.map(() => '?').join()})`)
    params.push(...names)
  }
  if (excluded.length > 0) {
    conditions.push(`id NOT IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS e)`)
    params.push(listOf(excluded.map(id => [id])))
  }
  return (yield * get<{ c: number }>(`SELECT count(*) AS c FROM users WHERE ${conditions.join(' AND ')}`, ...params))!.c
}

function * countUnknownMembers (_context: ReadContext, audience: Audience): Steps<number> {
  return yield * countMembers(audience, 'IS NULL')
}

/** Counts the members of an audience's groups who are users, or who are none yet. */
function * countMembers ({ groups = [], company = null, not }: Audience, user: 'IS NULL' | 'IS NOT NULL'): Steps<number> {
  const keys = groups.map(group => audienceKey.group({ company, group }))
  return (yield * get<{ c: number }>(
    `SELECT count(DISTINCT w.user_id) AS c FROM ${rowsOf({ key: 'TEXT' })} AS d JOIN memberships w ON w.key = d.key AND w.to_seq IS NULL
     LEFT JOIN users u ON u.id = w.user_id AND u.deleted_at IS NULL
     WHERE u.id ${user} AND w.user_id NOT IN (SELECT id FROM ${rowsOf({ id: 'TEXT' })} AS e)`, listOf(keys.map(key => [key])), listOf((not?.users ?? []).map(id => [id]))
  ))!.c
}

/** Lists of parameters are padded to one of these lengths, so that there are few statements, each prepared once. */
const SLOTS = [1, 10, 100, 1000]

/** SQL for the `seq` of a user's creation: everybody is addressed as one of all from then on. */
const SINCE = "(SELECT w.from_seq FROM memberships w WHERE w.user_id = users.id AND w.key = 'all' AND w.to_seq IS NULL)"

function * countUnknown (_context: ReadContext, ids: string[], before = Number.MAX_SAFE_INTEGER): Steps<number> {
  const unique = [...new Set(ids)]
  const slots = SLOTS.find(count => count >= unique.length)!
  const padded = Array.from({ length: slots }, (_, index) => unique[index] ?? unique[0]!)
  const known = yield * get<{ c: number }>(
    `SELECT count(*) AS c FROM users WHERE id IN (${padded.map(() => '?').join()}) AND deleted_at IS NULL AND ${SINCE} < ?`, ...padded, before
  )
  return unique.length - known!.c
}

function * createUser ({ batch, at }: WriteContext, user: NewUserRecord, by?: ActorRef): Steps<UserRecord> {
  const { id, username, role, company, passwordHash, name = null, email = null, isIdChosen = false } = user
  const actor = by && (yield * currentActor(batch, by))
  if (actor && !(mayManageUser(actor, { role, company }) && (!isIdChosen || mayChooseId(actor)))) throw problem('BLF_FORBIDDEN')
  if (yield * isNameTaken(username, id)) throw problem('BLF_USERNAME_TAKEN')
  const former = yield * get<UserRow>('SELECT * FROM users WHERE id = ?', id)
  if (former && former.deleted_at === null) throw problem('BLF_USER_EXISTS')
  const { directSeq, tokensAfter } = yield * removeTombstone(former)
  const seq = yield * appendUserUpdated(batch, { id, role, company }, at)
  const trusted = passwordHash === null || (yield * isTrusted(batch, by))
  return toRecord(yield * insertUser({ id, username, role, company, passwordHash, name, email, trusted, at, seq, directSeq, tokensAfter, claimsIat: newestIatBefore(at) }))
}

/**
 * Removes the tombstone of a former user with the new user's id. Notifications and tokens from before the
 * removal stay the former user's: returns the limits of both.
 */
export function * removeTombstone (former: UserRow | undefined): Steps<{ directSeq: number, tokensAfter: number }> {
  if (!former) return { directSeq: 0, tokensAfter: 0 }
  yield * run('DELETE FROM users WHERE id = ?', former.id)
  return { directSeq: former.direct_seq, tokensAfter: former.tokens_after }
}

/** The `seq` up to which a sender's notifications are a former user's, who had the same id; 0 if there was none. */
export function * formerUserSeq (sender: string): Steps<number> {
  if (!sender.startsWith(USER_SENDER)) return 0
  const row = yield * get<{ direct_seq: number }>('SELECT direct_seq FROM users WHERE id = ?', sender.slice(USER_SENDER.length))
  return row?.direct_seq ?? 0
}

/** SQL for the same of a sender, which is an expression. */
export function formerUserSeqOf (sender: string): string {
  return `COALESCE((SELECT f.direct_seq FROM users f WHERE ${sender} LIKE '${USER_SENDER}%' AND f.id = substr(${sender}, ${USER_SENDER.length + 1})), 0)`
}

/** Creates the user if the store never had one, so that nodes starting together on a new store create one admin. */
function * createFirstUser (context: WriteContext, user: NewUserRecord): Steps<UserRecord | undefined> {
  return (yield * countUsersEver()) > 0 ? undefined : yield * createUser(context, user)
}

/** Whether a name is a username, or the id of a user other than `id`: operators name users by either. */
export function * isNameTaken (username: string, id: string): Steps<boolean> {
  const taken = yield * get('SELECT 1 AS hit FROM users WHERE username = ? OR (id = ? AND id <> ? AND deleted_at IS NULL)', username, username, id)
  return taken !== undefined
}

interface NewRow extends Omit<NewUserRecord, 'username' | 'name' | 'email' | 'isIdChosen'> {
  username: string | null
  name: string | null
  email: string | null
  trusted: boolean
  at: number
  seq: number
  directSeq: number
  claimsIat: number
  tokensAfter: number
}

export function * insertUser (row: NewRow): Steps<UserRow> {
  const inserted = yield * get<UserRow>(
    `INSERT INTO users (id, username, role, company, password_hash, password_trusted, created_at, direct_seq, claims_iat, tokens_after, name, email, email_iat)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    row.id, row.username, row.role, row.company, row.passwordHash, Number(row.trusted), row.at, row.directSeq, row.claimsIat, row.tokensAfter, row.name, row.email, row.email === null ? 0 : row.claimsIat
  )
  yield * openMembershipsOfUser(row, row.seq, row.directSeq, row.at)
  return inserted!
}

export const reads = { user, usersById, userByName, users, countUsersEver, countAudience, countUnknown, countUnknownMembers } satisfies Reads
export const writes = { createUser, createFirstUser } satisfies Writes
