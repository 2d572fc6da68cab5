import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Row, Steps } from '../query.ts'

const MAX_STATEMENTS = 500
/** Matches statements that change nothing; in operations, WITH is always followed by a SELECT. */
const READS = /^(SELECT|WITH) /

interface Prepared { statement: StatementSync, isRead: boolean }

/** One SQLite connection, which runs operations and prepares each statement once. */
export class Database {
  readonly raw: DatabaseSync
  readonly #statements = new Map<string, Prepared>()

  constructor (path: string, options: { readOnly?: boolean } = {}) {
    this.raw = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000, ...options })
  }

  /** Runs an operation; calls `onWrite` before each statement that may change something. */
  execute<T> (steps: Steps<T>, onWrite?: () => void): T {
    let step = steps.next()
    while (!step.done) {
      let rows: Row[]
      try {
        const { statement, isRead } = this.#prepare(step.value.sql)
        if (!isRead) onWrite?.()
        rows = statement.all(...step.value.params) as Row[]
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(rows)
    }
    return step.value
  }

  /** Runs a reading operation with a pause after each of its statements. */
  async executeInTurns<T> (steps: Steps<T>, pause: () => Promise<unknown>): Promise<T> {
    let step = steps.next()
    while (!step.done) {
      const rows = this.#prepare(step.value.sql).statement.all(...step.value.params) as Row[]
      await pause()
      step = steps.next(rows)
    }
    return step.value
  }

  /** As `execute`, with all steps in one snapshot of the database. */
  snapshot<T> (steps: Steps<T>): T {
    this.control('BEGIN')
    try {
      return this.execute(steps)
    } finally {
      this.control('COMMIT')
    }
  }

  /** Begins or ends a transaction or a savepoint; these statements are prepared once too. */
  control (sql: 'BEGIN' | 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK' | 'SAVEPOINT item' | 'RELEASE item' | 'ROLLBACK TO item'): void {
    this.#prepare(sql).statement.run()
  }

  /** Sets or reads a pragma; returns its value. */
  pragma (text: string): unknown {
    const row = this.raw.prepare(`PRAGMA ${text}`).get()
    return row && Object.values(row)[0]
  }

  close (): void {
    this.#statements.clear()
    this.raw.close()
  }

  #prepare (sql: string): Prepared {
    let prepared = this.#statements.get(sql)
    if (!prepared) {
      // Lists of parameters make many different statements; the frequent ones are soon prepared again.
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
      prepared = { statement: this.raw.prepare(sql), isRead: READS.test(sql) }
      this.#statements.set(sql, prepared)
    }
    return prepared
  }
}
