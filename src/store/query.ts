/**
 * An operation is a generator that yields queries and receives their rows. So the same operation runs on a
 * synchronous engine (SQLite, inside a worker) and on an asynchronous one (PostgreSQL).
 */

export type Value = string | number | null
export type Row = Record<string, Value>
/** `?` marks a parameter, `json_each(?)` a list of rows; an engine with another syntax rewrites them. */
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
 * SQL for a table of rows passed as one parameter, with these columns: the text of the statement is the
 * same for any number of rows. `listOf` makes the parameter.
 */
export function rowsOf (columns: Record<string, 'TEXT' | 'BIGINT'>): string {
  const casts = Object.entries(columns).map(([name, type], index) => `CAST(e.value ->> ${index} AS ${type}) AS ${name}`)
  return `(SELECT ${casts.join(', ')} FROM json_each(?) AS e)`
}

export function listOf (rows: Value[][]): string {
  return JSON.stringify(rows)
}

/**
 * SQL for a table of the `seq`s that a SELECT finds for each row of the tables before it in the FROM clause, which it
 * may refer to. It may have an ORDER BY and a LIMIT: so each key's newest rows are one index scan, for any number of
 * keys, on both engines. `seqOf` reads its rows.
 */
export function seqsOf (select: string, alias: string): string {
  return `json_each((SELECT json_group_array(s.seq) FROM (${select}) AS s)) AS ${alias}`
}

export function seqOf (alias: string): string {
  return `CAST(CAST(${alias}.value AS TEXT) AS BIGINT)`
}

/** The same for two numbers of each row, the columns `low` and `high`, which `lowOf` and `highOf` read. */
export function rangesOf (select: string, alias: string): string {
  return `json_each((SELECT json_group_array(json_array(s.low, s.high)) FROM (${select}) AS s)) AS ${alias}`
}

export const lowOf = (alias: string) => `CAST(${alias}.value ->> 0 AS BIGINT)`
export const highOf = (alias: string) => `CAST(${alias}.value ->> 1 AS BIGINT)`

/** SQL that PostgreSQL is not given: SQLite keeps no statistics, and prefers a primary key to an index that fits better unless it is told which. */
export function onlySqlite (sql: string): string {
  // Its own parts of this kind need no marks, and marks cannot be nested.
  return `${BEGIN}${sql.replaceAll(BEGIN, ' ').replaceAll(END, '')}${END}`
}

const BEGIN = ' /*sqlite:*/ '
const END = ' /*:sqlite*/'
