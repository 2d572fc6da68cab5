import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../../log/turns.ts'
import type { Steps } from '../query.ts'
import { Database } from './database.ts'

/**
 * Runs reads of many statements, each in one snapshot, on a connection of its own. Between two statements the
 * event loop serves others. One read runs at a time; waiting keys take turns.
 */
export class LongReader {
  readonly #path: string
  readonly #turns = new Turns(1)
  #db: Database | undefined

  constructor (path: string) {
    this.#path = path
  }

  read<T> (key: string, steps: Steps<T>): Promise<T> {
    return this.#turns.take(key, async () => {
      const db = this.#db ??= new Database(this.#path, { readOnly: true })
      db.control('BEGIN')
      try {
        return await db.executeInTurns(steps, nextTurn)
      } finally {
        db.control('COMMIT')
      }
    })
  }

  /** Closes the connection; a read that is running fails. */
  close (): void {
    this.#db?.close()
  }
}
