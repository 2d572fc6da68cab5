import { problem } from '../../../errors.ts'
import type { Demand, DemandState } from '../../contract/demands.ts'
import type { Draft } from '../../store.ts'
import { all, get, listOf, rowsOf, run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'
import { storeTime, type ReadContext, type Reads } from '../context.ts'
import { assertGroups } from '../groups/known.ts'
import { currentScope } from '../scope.ts'

/** What the column `terms` of `demands` holds. */
export interface Terms extends Omit<Demand, 'by'> {
  /** How many reminders were given, and when the last one began; absent until one is. */
  given?: number
  last?: number
  /** How many of them somebody asked for besides the planned ones, when the last of these began, and whether it is still to be given. */
  asked?: { count: number, at: number, isDue: boolean }
}

/** The shortest time between a reminder that somebody asks for and another one; it is the shortest `remind_every`, too. */
export const PACE_MS = 3_600_000

/** When there is something to do next after `reminded` reminders, null if never. The time at which the notification was sent is `at`. */
export function nextStep (at: number, by: number | null, { remindMs, reminders, escalate }: Terms, reminded: number): number | null {
  const next = remindMs !== null && reminded < reminders ? at + (reminded + 1) * remindMs : Infinity
  if (next < (by ?? Infinity)) return next
  return escalate ? by : null
}

/** Which of these ids an earlier notification has whose acknowledgements are still kept, though the log may no longer have it. */
export function * demandedIds (ids: string[]): Steps<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = yield * all<{ id: string }>(`SELECT d.id FROM ${rowsOf({ id: 'TEXT' })} AS x JOIN demands d ON d.id = x.id`, listOf(ids.map(id => [id])))
  return new Set(rows.map(({ id }) => id))
}

/** Throws BLF_ID_CONFLICT if acknowledgements are kept under its id, and unless the sender may address those who are told in the end. */
export function * assertDemand (batch: Batch, id: string, { by, demand }: Pick<Draft, 'by' | 'demand'>, kept?: Set<string>): Steps<void> {
  if (!demand) return
  if ((kept ?? (yield * demandedIds([id]))).has(id)) throw problem('BLF_ID_CONFLICT', 'The acknowledgements of an earlier notification with this id are still kept.')
  if (!demand.escalate) return
  yield * currentScope(batch, { by, keys: demand.escalate, scope: null })
  yield * assertGroups(batch, demand.escalate)
}

interface Demanding { seq: number, id: string, sender: string, scope: string | null, demand: Demand | undefined, by?: Draft['by'] }

/** Notes which notifications must be acknowledged: one statement if any must. `now`: when they are sent. */
export function * openDemands (batch: Batch, notifications: Demanding[], now: number): Steps<void> {
  const demanding = notifications.filter(({ demand }) => demand !== undefined)
  if (demanding.length === 0) return
  const at = yield * storeTime(batch.clock, now)
  yield * run(
    `INSERT INTO demands (seq, id, sender, scope, at, due_at, terms, next_at) SELECT seq, id, sender, scope, CAST(? AS BIGINT), due_at, terms, next_at
     FROM ${rowsOf({ seq: 'BIGINT', id: 'TEXT', sender: 'TEXT', scope: 'TEXT', due_at: 'BIGINT', terms: 'TEXT', next_at: 'BIGINT' })} AS d`,
    at, listOf(demanding.map(({ seq, id, sender, scope, demand, by: actor }) => {
      const { by, ...terms } = demand!
      // Whether the session that it was sent in still lasts does not matter when it is due.
      const kept: Terms = { ...terms, ...(actor ? { actor: { ...actor, sessionId: null } } : {}) }
      return [seq, id, sender, scope, by, JSON.stringify(kept), nextStep(at, by, kept, 0)]
    }))
  )
}

/** Which of these notifications a user must still acknowledge. */
export function * owedOf (userId: string, seqs: number[]): Steps<Set<number>> {
  if (seqs.length === 0) return new Set()
  const rows = yield * all<{ seq: number }>(
    `SELECT d.seq FROM ${rowsOf({ seq: 'BIGINT' })} AS x JOIN demands d ON d.seq = x.seq
     WHERE NOT EXISTS (SELECT 1 FROM acknowledgements a WHERE a.seq = d.seq AND a.user_id = ?)`, listOf(seqs.map(seq => [seq])), userId
  )
  return new Set(rows.map(({ seq }) => seq))
}

/** A row of `demands`, without what only an escalation needs. */
export interface DemandRow {
  seq: number
  id: string
  sender: string
  at: number
  due_at: number | null
  terms: string
  next_at: number | null
  reminded: number
  place: string | null
  outcome: string | null
}

/** When the reminder that is due now became due; null if none is. */
function dueReminder ({ due_at: dueAt, next_at: nextAt }: DemandRow, { asked }: Terms, now: number): number | null {
  if (asked?.isDue) return asked.at
  return nextAt !== null && nextAt <= now && nextAt !== dueAt ? nextAt : null
}

/** When the last reminder began, given or due; null if there was none. */
export function lastReminder (row: DemandRow, terms: Terms, now: number): number | null {
  return dueReminder(row, terms, now) ?? terms.last ?? (row.reminded > 0 ? row.at + row.reminded * terms.remindMs! : null)
}

function * demand ({ now, clock }: ReadContext, id: string): Steps<DemandState | undefined> {
  const row = yield * get<DemandRow>('SELECT seq, id, sender, at, due_at, terms, next_at, reminded, place, outcome FROM demands WHERE id = ?', id)
  if (!row) return undefined
  const terms = JSON.parse(row.terms) as Terms
  const { remindMs, reminders, escalate, given = row.reminded } = terms
  const { due_at: by, next_at: nextAt, outcome } = row
  const time = yield * storeTime(clock, now)
  const isDue = dueReminder(row, terms, time) !== null
  const isPlanned = nextAt !== null && nextAt > time && nextAt !== by
  const remindedAt = lastReminder(row, terms, time)
  const remindFrom = remindedAt !== null && remindedAt > time - PACE_MS ? remindedAt + PACE_MS : null
  return { by, remindMs, reminders, escalate, outcome, reminded: given + Number(isDue), remindedAt, remindFrom, nextAt: isPlanned ? nextAt : null }
}

function * nextDemand ({ now, clock }: ReadContext): Steps<number | null> {
  const next = yield * get<{ next_at: number }>('SELECT next_at FROM demands WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1')
  return next ? Math.max(0, next.next_at - (yield * storeTime(clock, now))) : null
}

/** Removes demands, and their acknowledgements, of notifications sent before `since` that the log no longer has; how many rows, more than 0 if there are more. */
export function * forgetDemands (since: number, floor: number, limit: number): Steps<number> {
  const old = yield * all<{ seq: number }>('SELECT seq FROM demands WHERE at < ? AND seq <= ? ORDER BY at LIMIT 1', since, floor)
  const [demand] = old
  if (!demand) return 0
  const gone = yield * all(
    'DELETE FROM acknowledgements WHERE seq = ? AND user_id IN (SELECT user_id FROM acknowledgements WHERE seq = ? ORDER BY user_id LIMIT ?) RETURNING 1 AS gone', demand.seq, demand.seq, limit
  )
  if (gone.length < limit) yield * run('DELETE FROM demands WHERE seq = ?', demand.seq)
  return gone.length + 1
}

export const reads = { demand, nextDemand } satisfies Reads
