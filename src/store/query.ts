/**
 * Statements as steps: an operation yields queries and is sent their rows. One operation then serves
 * an engine that answers at once (SQLite, inside a worker) and one that answers later (PostgreSQL).
 */

export type Value = string | number | null
export type Row = Record<string, Value>
/** `?` marks a parameter; engines that number theirs rewrite it. */
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
