import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../../log/turns.ts'
import type { Steps } from '../query.ts'
import { Database } from './database.ts'

/**
 * Reads of many statements on a connection of their own, which looks at one moment of the store for as
 * long as they take: between two statements the event loop serves others. One at a time, fairly by key.
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

  /** What is being read fails. */
  close (): void {
    this.#db?.close()
  }
}
