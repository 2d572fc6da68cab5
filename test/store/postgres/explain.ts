import pg from 'pg'
import { prepare } from '../../../src/store/postgres/execute.ts'
import type { Query, Row } from '../../../src/store/query.ts'

/** A node of a plan of PostgreSQL, as EXPLAIN (ANALYZE, FORMAT JSON) gives it. */
export interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  Plans?: Plan[]
}

/** A plan's node and all below it. */
export function nodesOf (plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

/** Rows that a node of a plan looked at, kept or not. */
export function rowsOf (node: Plan): number {
  return (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0)) * node['Actual Loops']
}

/** Runs a statement twice, prepared as the store prepares it: once for its plan, once for its rows. `isKept`: as it was prepared the first time. */
export async function explain (client: pg.ClientBase, { sql, params }: Query, isKept = false): Promise<{ text: string, plan: Plan, rows: Row[] }> {
  const literal = (value: Query['params'][number]) => typeof value === 'string' ? pg.escapeLiteral(value) : String(value)
  const { name, text } = prepare(sql)
  if (!isKept) await client.query('DEALLOCATE ALL')
  const { rowCount } = await client.query('SELECT 1 FROM pg_prepared_statements WHERE name = $1', [name])
  if (rowCount === 0) await client.query(`PREPARE ${name} AS ${text}`)
  const call = `EXECUTE ${name}${params.length > 0 ? `(${params.map(literal).join()})` : ''}`
  const explained = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, FORMAT JSON) ${call}`)
  return { text, plan: explained.rows[0]!['QUERY PLAN'][0].Plan, rows: (await client.query<Row>(call)).rows }
}
