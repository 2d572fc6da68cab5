import { excludes, audienceKey } from '../../../log/audience.ts'
import { RANK } from '../../../log/mutes.ts'
import type { MutedBy, Reason, Report, ReportCounts, Reported, RecipientPage, ReportState, UserReport } from '../../contract/reports.ts'
import { all, get, listOf, rowsOf, type Steps } from '../../query.ts'
import type { Longs, ReadContext, Reads } from '../context.ts'
import { withoutFormerGroups } from '../life/former-groups.ts'
import { ownerOf } from '../life/recall.ts'
import { decisiveAt } from '../preferences/muted.ts'
import { COUNT, flags, IN_STATE, READ_AT, firstSeen, toRecipient, type FlagRow } from './flags.ts'
import { IS_MEMBER_ROW, NO_END } from './place.ts'
import { search, steps, type Subject } from './recipients.ts'
import { find } from './subject.ts'

/** How many steps one page of recipients has at most. */
const MAX_STEPS = 40

function * reported (_context: ReadContext, id: string): Steps<Reported | undefined> {
  const found = yield * get<{ id: string, seq: number, sender: string, scope: string | null, keys: string }>(
    "SELECT id, seq, sender, scope, keys FROM events WHERE id = ? AND kind = 'notification'", id
  )
  if (found) return { id, seq: found.seq, owner: yield * ownerOf(found), scope: found.scope, keys: JSON.parse(found.keys) as string[], isGone: false }
  const kept = yield * get<{ seq: number, sender: string, scope: string | null }>('SELECT seq, sender, scope FROM demands WHERE id = ?', id)
  return kept && { id, seq: kept.seq, owner: yield * ownerOf(kept), scope: kept.scope, keys: [], isGone: true }
}

/** The report on a notification, undefined if there is none; null if it takes more than `most` steps. */
export function * report ({ now }: ReadContext, id: string, most = Infinity): Steps<Report | null | undefined> {
  const found = yield * find(id, now)
  if (!found) return undefined
  const counted = yield * steps<ReportCounts>(found, null, COUNT, most)
  if (counted.next !== null) return null
  const counts: ReportCounts = { recipients: 0, delivered: 0, seen: 0, read: 0, acted: 0, muted: 0, acknowledged: 0, late: 0, outstanding: 0 }
  for (const step of counted.found) {
    for (const name of Object.keys(counts) as (keyof ReportCounts)[]) counts[name] += Number(step[name])
  }
  return { ...counts, outstanding: found.isOwed ? counts.outstanding : 0, seq: found.head }
}

function * recipients ({ now }: ReadContext, id: string, { state, ...page }: { state: ReportState, limit: number, after?: string | undefined }): Steps<RecipientPage | undefined> {
  const found = yield * find(id, now)
  if (!found) return undefined
  if (state === 'outstanding' && !found.isOwed) return { recipients: [], next: null, seq: found.head }
  const { found: rows, next } = yield * search(found, IN_STATE[state], { ...page, maxSteps: MAX_STEPS })
  return { recipients: rows.map(toRecipient), next, seq: found.head }
}

interface Membership { key: string, from_seq: number, to_seq: number | null, at: number | null }

/** SQL for one user's memberships of an audience, and when each began. */
const MEMBERSHIPS = `SELECT d.key, w.from_seq, w.to_seq, (SELECT e.at FROM events e WHERE e.seq = w.from_seq) AS at FROM ${rowsOf({ key: 'TEXT' })} AS d JOIN memberships w ON w.user_id = ? AND w.key = d.key WHERE ${IS_MEMBER_ROW('w')}`
const STATES = `WITH p AS MATERIALIZED (SELECT CAST(? AS BIGINT) AS seq, CAST(? AS TEXT) AS topic, CAST(? AS BIGINT) AS ended_at),
  m AS MATERIALIZED (SELECT CAST(? AS TEXT) AS user_id, CAST(? AS BIGINT) AS from_seq, CAST(? AS BIGINT) AS to_seq, 0 AS place_seq)
  SELECT f.*, ${decisiveAt('rank', 'm.user_id', 'p.topic', 'p.seq')} AS decided_by, ${firstSeen('at')} AS seen_at, ${READ_AT} AS first_read_at FROM (${flags({ muted: true, covered: true, answered: true })}) AS f CROSS JOIN m CROSS JOIN p`

/** Who decided, by the rank of the setting that did. */
const DECIDED: Record<number, MutedBy> = {
  [RANK.operator]: { source: 'operator', locked: false },
  [RANK.company]: { source: 'company', locked: false },
  [RANK.user]: { source: 'user', locked: false },
  [RANK.companyLock]: { source: 'company', locked: true },
  [RANK.operatorLock]: { source: 'operator', locked: true }
}

/** SQL for when a group was removed after an event, as its last members tell. */
const REMOVED = "SELECT MIN(w.to_seq) AS seq FROM memberships w JOIN events e ON e.seq = w.to_seq AND e.kind = 'group.removed' WHERE w.key = ? AND w.to_seq > ?"

/** Until when late joiners of each key got it: for as long as a group was the one that it was sent to. */
function * joinableUntil ({ keys, seq }: Subject): Steps<Map<string, number>> {
  const lasting = yield * withoutFormerGroups(keys, seq)
  const until = new Map(lasting.map(key => [key, Number(NO_END)]))
  for (const key of keys) if (!until.has(key)) until.set(key, (yield * get<{ seq: number | null }>(REMOVED, key, seq))?.seq ?? 0)
  return until
}

const endOf = ({ to_seq: to }: Pick<Membership, 'to_seq'>) => to ?? Number(NO_END)

function * userReport ({ now }: ReadContext, id: string, userId: string): Steps<UserReport | undefined> {
  const found = yield * find(id, now)
  if (!found) return yield * keptReport(id, userId)
  const { seq, keys, topic, endedAt, isExpired, isRecalled, isLate, head } = found
  const subject = audienceKey.user(userId)
  const isNamed = keys.includes(subject)
  const rows = yield * all<Membership>(MEMBERSHIPS, listOf(keys.map(key => [key])), userId)
  const joinable = isLate ? yield * joinableUntil(found) : new Map<string, number>()
  const hasIt = ({ key, from_seq: from, at, ...row }: Membership) => endOf(row) > seq && (from < seq || (from < (joinable.get(key) ?? 0) && (at ?? 0) < (endedAt ?? Infinity)))
  // Of several, the one that lasts the longest; of those that do, the first.
  const [then] = rows.filter(hasIt).sort((a, b) => endOf(b) - endOf(a) || a.from_seq - b.from_seq)
  const isExcluded = excludes(keys, subject)
  const matched = (then !== undefined || isNamed) && !isExcluded
  const hasLeft = then !== undefined && then.to_seq !== null
  const states = (yield * get<FlagRow & { decided_by: number | null, seen_at: number | null, first_read_at: number | null }>(STATES, seq, topic, endedAt ?? Number(NO_END), userId, then?.from_seq ?? 0, then ? endOf(then) : Number(NO_END)))!
  const { seen: _seen, read: _read, muted, ...recipient } = toRecipient(states)
  const reasons: Reason[] = []
  if (isExcluded) reasons.push('excluded')
  else if (!matched) reasons.push(rows.some(({ from_seq: from }) => from > seq) ? 'joined_later' : rows.length > 0 ? 'left' : 'not_in_audience')
  else if (hasLeft) reasons.push('left')
  if (matched && muted) reasons.push('muted')
  if (matched && isExpired) reasons.push('expired')
  if (matched && isRecalled) reasons.push('recalled')
  return {
    ...recipient,
    matched,
    joined: matched && then !== undefined && then.from_seq > seq ? { seq: then.from_seq, at: then.at ?? 0 } : null,
    reasons,
    muted: matched && muted,
    mutedBy: matched && muted ? DECIDED[states.decided_by ?? 0] ?? null : null,
    delivered: matched && recipient.delivered,
    seenAt: matched && !muted ? states.seen_at : null,
    readAt: matched && !muted ? states.first_read_at : null,
    seq: head
  }
}

/** What is known of somebody who acknowledged a notification that the log no longer has: nothing else of it is kept. */
function * keptReport (id: string, userId: string): Steps<UserReport | undefined> {
  const row = yield * get<{ at: number, late: number, seq: number }>(
    'SELECT a.at, a.late, l.seq FROM demands d JOIN acknowledgements a ON a.seq = d.seq CROSS JOIN log l WHERE d.id = ? AND a.user_id = ?', id, userId
  )
  return row && { userId, matched: true, joined: null, reasons: [], delivered: true, acted: false, muted: false, mutedBy: null, acknowledgedAt: row.at, late: row.late === 1, seenAt: null, readAt: null, seq: row.seq }
}

function * acknowledgements (_context: ReadContext, id: string, { limit, after = '' }: { limit: number, after?: string | undefined }): Steps<{ userId: string, at: number, late: boolean }[]> {
  const rows = yield * all<{ user_id: string, at: number, late: number }>(
    'SELECT a.user_id, a.at, a.late FROM acknowledgements a WHERE a.seq = (SELECT d.seq FROM demands d WHERE d.id = ?) AND a.user_id > ? ORDER BY a.user_id LIMIT ?', id, after, limit
  )
  return rows.map(({ user_id: userId, at, late }) => ({ userId, at, late: late === 1 }))
}

function * countAcknowledgements (_context: ReadContext, id: string): Steps<{ acknowledged: number, late: number, seq: number }> {
  const row = (yield * get<{ acknowledged: number, late: number, seq: number }>(
    `SELECT l.seq, count(a.user_id) AS acknowledged, COALESCE(SUM(a.late), 0) AS late FROM log l
     LEFT JOIN acknowledgements a ON a.seq = (SELECT d.seq FROM demands d WHERE d.id = ?) GROUP BY l.seq`, id
  ))!
  return { acknowledged: Number(row.acknowledged), late: Number(row.late), seq: row.seq }
}

export const reads = { reported, acknowledgements, countAcknowledgements } satisfies Reads
export const longs = { recipients, userReport } satisfies Longs
