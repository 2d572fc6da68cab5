import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Row, Steps } from '../query.ts'

/** One SQLite connection: runs an operation's steps, with its statements prepared once. */
export class Database {
  readonly raw: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor (path: string, options: { readOnly?: boolean } = {}) {
    this.raw = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000, ...options })
  }

  execute<T> (steps: Steps<T>): T {
    let step = steps.next()
    while (!step.done) {
      let rows: Row[]
      try {
        rows = this.#prepare(step.value.sql).all(...step.value.params) as Row[]
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(rows)
    }
    return step.value
  }

  /** As `execute`, with every step looking at one moment of the database. */
  snapshot<T> (steps: Steps<T>): T {
    this.raw.exec('BEGIN')
    try {
      return this.execute(steps)
    } finally {
      this.raw.exec('COMMIT')
    }
  }

  /** A pragma's value after it was set or asked for. */
  pragma (text: string): unknown {
    const row = this.raw.prepare(`PRAGMA ${text}`).get()
    return row && Object.values(row)[0]
  }

  close (): void {
    this.#statements.clear()
    this.raw.close()
  }

  #prepare (sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.raw.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
