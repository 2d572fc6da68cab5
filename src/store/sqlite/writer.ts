import { isBelfryError } from '../../errors.ts'
import { reads, stepsOf, type Committed, type Outcome, type Write } from '../ops/index.ts'
import { newBatch, restoreBatch, type Batch } from '../ops/batch.ts'
import { LastOrdinals } from '../ops/ordinals.ts'
import { KnownBlocks } from '../ops/sent/blocks.ts'
import { get, run, type Steps } from '../query.ts'
import { Database } from './database.ts'
import { assertMigrated, migrate } from './migrate.ts'

export interface WriterOptions {
  /** The database's maximum size, in pages of 4 KiB; a write beyond it fails as on a full disk. */
  maxPages?: number
  /** Whether this is a command beside a server that may be running: it never migrates, and throws if the database has another version. */
  beside?: boolean
}

/** A write that failed after it had changed something. */
const HALF_DONE = Symbol('half done')

/** The one connection that writes. It blocks while it syncs, so a file's writer lives in a worker thread. */
export class Writer {
  readonly epoch: string
  readonly #db: Database
  readonly #ordinals = new LastOrdinals()
  readonly #sentBlocks = new KnownBlocks()

  /** Throws if the file cannot be opened, is not a database, or would not sync its commits. */
  constructor (path: string, { maxPages, beside = false }: WriterOptions = {}) {
    this.#db = new Database(path)
    if (beside) assertMigrated(this.#db)
    if (maxPages !== undefined) this.#db.pragma(`max_page_count = ${maxPages}`)
    if (path !== ':memory:') this.#makeDurable()
    // Overwrites what is removed inside a page that is written anyway, such as the text of a recalled notification.
    this.#db.pragma('secure_delete = FAST')
    if (!beside) migrate(this.#db)
    if (path !== ':memory:') this.#assertDurable()
    this.epoch = this.#db.execute(get<{ epoch: string }>('SELECT epoch FROM log'))!.epoch
  }

  /** Runs a read on the writer's connection, for a store in memory. */
  execute<T> (steps: Steps<T>): T {
    return this.#db.execute(steps)
  }

  /** Commits a batch in one transaction. A write that fails is undone alone; throws if the commit fails. */
  commit (writes: Write[]): Committed {
    // Few writes fail after they have changed something, so a batch gets savepoints only if one of its writes did.
    return this.#transact(writes, false) ?? this.#transact(writes, true)!
  }

  /** Undefined, with everything rolled back, if a write failed after a change and there are no savepoints. */
  #transact (writes: Write[], hasSavepoints: boolean): Committed | undefined {
    this.#db.control('BEGIN IMMEDIATE')
    try {
      const before = this.#db.execute(reads.head())
      this.#ordinals.begin(before)
      const batch = newBatch(this.epoch, before, { ordinals: this.#ordinals, sentBlocks: this.#sentBlocks })
      const outcomes: Outcome[] = []
      for (const write of writes) {
        const outcome = hasSavepoints ? this.#attemptInSavepoint(batch, write) : this.#attempt(batch, write)
        if (outcome === HALF_DONE) {
          this.#rollback()
          return undefined
        }
        outcomes.push(outcome)
      }
      if (batch.seq !== before) this.#db.execute(run('UPDATE log SET seq = ?', batch.seq))
      this.#db.control('COMMIT')
      this.#ordinals.end(batch.seq)
      return { outcomes, events: batch.events }
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #rollback (): void {
    this.#ordinals.clear()
    this.#sentBlocks.clear()
    if (this.#db.raw.isTransaction) this.#db.control('ROLLBACK')
  }

  close (): void {
    this.#db.close()
  }

  #attempt (batch: Batch, write: Write): Outcome | typeof HALF_DONE {
    let hasWritten = false
    try {
      return { ok: true, value: this.#db.execute(stepsOf(batch, write), () => { hasWritten = true }) }
    } catch (error) {
      this.#throwIfFault(error)
      return hasWritten ? HALF_DONE : failure(error)
    }
  }

  #attemptInSavepoint (batch: Batch, write: Write): Outcome {
    const { seq, events: { length } } = batch
    this.#db.control('SAVEPOINT item')
    try {
      const value = this.#db.execute(stepsOf(batch, write))
      this.#db.control('RELEASE item')
      return { ok: true, value }
    } catch (error) {
      this.#throwIfFault(error)
      this.#db.control('ROLLBACK TO item')
      this.#db.control('RELEASE item')
      restoreBatch(batch, seq, length)
      return failure(error)
    }
  }

  /** Throws a fault of the store, such as a full disk, which ends the transaction: the whole batch fails. */
  #throwIfFault (error: unknown): void {
    if (!this.#db.raw.isTransaction || isDiskFault(error)) throw error
  }

  #makeDurable (): void {
    this.#db.pragma('journal_mode = WAL')
    // After WAL: on some builds, changing the journal mode resets it.
    this.#db.pragma('synchronous = FULL')
  }

  #assertDurable (): void {
    const mode = this.#db.pragma('journal_mode')
    const synchronous = this.#db.pragma('synchronous')
    if (mode !== 'wal' || synchronous !== 2) {
      throw new Error(`the database would not sync commits (journal_mode ${String(mode)}, synchronous ${String(synchronous)})`)
    }
  }
}

function failure (error: unknown): Outcome {
  if (isBelfryError(error)) return { ok: false, code: error.code, detail: error.message }
  return { ok: false, code: 'BLF_INTERNAL', detail: error instanceof Error ? error.message : String(error) }
}

/** SQLITE_BUSY, NOMEM, READONLY, IOERR, CORRUPT, FULL, NOTADB: faults of the store, not of one write. */
export function isDiskFault (error: unknown): boolean {
  const code = (error as { errcode?: number } | null)?.errcode
  return code !== undefined && [5, 7, 8, 10, 11, 13, 26].includes(code & 0xff)
}
