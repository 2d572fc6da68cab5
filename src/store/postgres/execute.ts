import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import type { Query, Row, Steps } from '../query.ts'

interface Prepared { name: string, text: string }

const prepared = new Map<string, Prepared>()

/** The statement with PostgreSQL's `$1` parameters, and the name under which each connection prepares it once. */
export function prepare (sql: string): Prepared {
  let statement = prepared.get(sql)
  if (!statement) {
    let number = 0
    const text = sql
      .replaceAll('json_each(?) AS e', 'json_array_elements(CAST(? AS json)) AS e (value)')
      .replaceAll('json_each((SELECT json_group_array(', 'json_array_elements((SELECT json_agg(')
      .replaceAll('json_array(', 'json_build_array(')
      .replaceAll(/ \/\*sqlite:\*\/.*?\/\*:sqlite\*\//g, '')
      .replaceAll('?', () => `$${++number}`)
    // The same text has the same name in every process, so that a pooler can share prepared statements.
    statement = { name: `blf_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`, text }
    prepared.set(sql, statement)
  }
  return statement
}

/** Runs one statement; returns its rows. */
export async function runQuery (client: Pick<ClientBase, 'query'>, { sql, params }: Query): Promise<Row[]> {
  return (await client.query<Row>({ ...prepare(sql), values: params })).rows
}

/** Runs an operation's steps, one statement after the other. */
export async function execute<T> (client: Pick<ClientBase, 'query'>, steps: Steps<T>): Promise<T> {
  let step = steps.next()
  while (!step.done) {
    let rows: Row[]
    try {
      rows = await runQuery(client, step.value)
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(rows)
  }
  return step.value
}
