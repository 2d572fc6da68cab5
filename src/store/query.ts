/**
 * Statements as steps: an operation yields queries and is sent their rows. One operation then serves
 * an engine that answers at once (SQLite, inside a worker) and one that answers later (PostgreSQL).
 */

export type Value = string | number | null
export type Row = Record<string, Value>
/** `?` marks a parameter, `json_each(?)` a list of rows; engines that write them otherwise rewrite them. */
export interface Query { sql: string, params: Value[] }
export type Steps<T> = Generator<Query, T, Row[]>

export function * all<T> (sql: string, ...params: Value[]): Steps<T[]> {
  return (yield { sql, params }) as T[]
}

export function * get<T> (sql: string, ...params: Value[]): Steps<T | undefined> {
  return (yield { sql, params })[0] as T | undefined
}

export function * run (sql: string, ...params: Value[]): Steps<void> {
  yield { sql, params }
}

/**
 * SQL for a table of rows given as one parameter, its columns named as here: so that a statement about
 * any number of rows is one statement with one text. The parameter is `rows` as `listOf` writes them.
 */
export function rowsOf (columns: Record<string, 'TEXT' | 'BIGINT'>): string {
  const casts = Object.entries(columns).map(([name, type], index) => `CAST(e.value ->> ${index} AS ${type}) AS ${name}`)
  return `(SELECT ${casts.join(', ')} FROM json_each(?) AS e)`
}

export function listOf (rows: Value[][]): string {
  return JSON.stringify(rows)
}
