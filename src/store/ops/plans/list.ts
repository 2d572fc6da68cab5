import type { PlanFilter, PlanRecord, PlanState } from '../../plans.ts'
import { all, get, onlySqlite, type Steps, type Value } from '../../query.ts'
import type { ReadContext, Reads } from '../context.ts'
import { formerUserSeqOf } from '../identity/users.ts'
import { toPlan, type PlanRow } from './row.ts'

type FoundRow = PlanRow & { former_seq: number, event_body: string | null }

const STATES: PlanState[] = ['planned', 'sent', 'refused', 'expired', 'cancelled']

/** With the text of what was published, which the log has until it is recalled or removed. */
const FOUND = `
  SELECT p.*, CASE WHEN n.recalled_at IS NULL THEN n.body END AS event_body,
    ${formerUserSeqOf('p.sender')} AS former_seq
  FROM (SELECT * FROM`
const JOIN = 'AS p LEFT JOIN events n ON n.seq = p.seq'

function toFound ({ event_body: eventBody, ...row }: FoundRow): PlanRecord {
  return toPlan({ ...row, body: row.body ?? eventBody })
}

function * plan (_context: ReadContext, id: string): Steps<PlanRecord | undefined> {
  const row = yield * get<FoundRow>(`${FOUND} plans WHERE id = ?) ${JOIN}`, id)
  return row && toFound(row)
}

/**
 * Each state, of the sender and of the scope, is a range of an index; their first rows are merged. So a page costs
 * what it holds, however many plans there are.
 */
function * plans (_context: ReadContext, { limit, sender, scope, state, before = Number.MAX_SAFE_INTEGER }: PlanFilter): Steps<PlanRecord[]> {
  const owners: [condition: string, ...params: Value[]][] = []
  if (sender !== undefined) owners.push(['sender = ? AND', sender])
  if (scope !== undefined) owners.push(['scope = ? AND', scope])
  if (owners.length === 0) owners.push([''])
  const ranges = owners.flatMap(([condition, ...params]) => (state === undefined ? STATES : [state]).map(state => ({
    sql: `SELECT * FROM (SELECT * FROM plans WHERE ${condition} state = '${state}' AND number < ? ORDER BY number DESC LIMIT ?) AS d`, params: [...params, before, limit]
  })))
  // A plan of this sender in this scope is found twice.
  const rows = yield * all<FoundRow>(
    `${FOUND} (${ranges.map(({ sql }) => sql).join(' UNION ALL ')}) AS u ORDER BY number DESC LIMIT ?) ${JOIN} ORDER BY p.number DESC`,
    ...ranges.flatMap(({ params }) => params), limit * owners.length
  )
  return [...new Map(rows.map(row => [row.number, toFound(row)])).values()].slice(0, limit)
}

function * nextPlan ({ now, clock }: ReadContext): Steps<{ waiting: number, dueIn: number | null }> {
  const found = yield * get<{ waiting: number, send_at: number | null, now: number }>(
    `SELECT plans_waiting AS waiting, ${clock ?? 'CAST(? AS BIGINT)'} AS now,
       (SELECT send_at FROM plans${onlySqlite('INDEXED BY plans_due')} WHERE state = 'planned' ORDER BY send_at, number LIMIT 1) AS send_at FROM log`, ...(clock === undefined ? [now] : [])
  )
  const { waiting, send_at: sendAt, now: storeNow } = found!
  return { waiting, dueIn: sendAt === null ? null : Math.max(0, sendAt - storeNow) }
}

export const reads = { plan, plans, nextPlan } satisfies Reads
