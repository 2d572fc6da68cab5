import type { Pool, PoolClient, QueryResult } from 'pg'
import type { Draft } from '../store.ts'
import { isBelfryError } from '../../errors.ts'
import { newBatch, restoreBatch, type Batch } from '../ops/batch.ts'
import { stepsOf, type Committed, type Outcome, type Write } from '../ops/index.ts'
import { withClient } from './connection.ts'
import type { Query, Row } from '../query.ts'
import { runQuery, execute } from './execute.ts'
import { isOwnFault } from './fault.ts'
import { notifyMany } from './notify-many.ts'

type Send = Write<'notify'>
type Segment = { sends: Send[] } | { write: Write }

/**
 * Commits batches over one connection. Every node locks the row of `log` first and holds it until the commit,
 * so each `seq` is taken, and becomes visible, in the order of commits and without a gap.
 */
export class Writer {
  readonly #pool: Pool
  readonly #epoch: string
  readonly #clock: string | undefined

  /** `clock`: SQL for the server's clock; absent to go by that of the process. */
  constructor (pool: Pool, epoch: string, clock?: string) {
    this.#pool = pool
    this.#epoch = epoch
    this.#clock = clock
  }

  /** Commits a batch in one transaction. A write that fails is undone alone; rejects if the batch is not known to be committed. */
  async commit (writes: Write[]): Promise<Committed> {
    return await withClient(this.#pool, async client => {
      const committed = writes.every(isSend) && await this.#commitSends(client, draftsOf(writes))
      if (committed) return committed
      const before = await begin(client)
      const batch = newBatch(this.#epoch, before, { clock: this.#clock })
      if (writes.length === 1) return await this.#commitOne(client, batch, writes[0]!)
      const outcomes = await this.#attemptSegments(client, batch, writes)
      await end(client, before, batch.seq)
      return { outcomes, events: batch.events }
    })
  }

  /**
   * Commits a batch of sends only, the usual one, in two round trips. If a statement fails, those pipelined
   * behind it fail too, and COMMIT rolls back. False if one of the sends is at fault: nothing is committed.
   */
  async #commitSends (client: PoolClient, drafts: Draft[]): Promise<Committed | false> {
    const batch = newBatch(this.#epoch, 0, { clock: this.#clock })
    const steps = notifyMany(batch, drafts)
    // The lookup runs while the lock is held, so it sees what the previous holder committed.
    const [begun, known] = await Promise.allSettled([begin(client), runQuery(client, steps.next().value as Query)])
    if (begun.status === 'rejected') throw begun.reason
    if (known.status === 'rejected') {
      if (!isOwnFault(known.reason)) throw known.reason
      await client.query('ROLLBACK')
      return false
    }
    const before = begun.value
    batch.seq = before
    let insert = steps.next(known.value)
    // Steps before the insert, such as looking up companies for a right; few batches have any.
    while (!insert.done && batch.seq === before) insert = steps.next(await runQuery(client, insert.value))
    if (insert.done) {
      await client.query('ROLLBACK')
      return { outcomes: insert.value, events: [] }
    }
    // The rest, too, does not depend on what the statements before it return.
    const pipelined: Promise<Row[]>[] = []
    while (!insert.done) {
      pipelined.push(runQuery(client, insert.value))
      insert = steps.next([])
    }
    const [ended, ...results] = await Promise.allSettled([end(client, before, batch.seq), ...pipelined])
    const failed = results.find(result => result.status === 'rejected')
    if (failed) {
      if (isOwnFault(failed.reason)) return false
      throw failed.reason
    }
    if (ended.status === 'rejected') throw ended.reason
    return { outcomes: insert.value, events: batch.events }
  }

  /** Commits a single write, without a savepoint: if it fails, there is nothing to commit. */
  async #commitOne (client: PoolClient, batch: Batch, write: Write): Promise<Committed> {
    const before = batch.seq
    let value: unknown
    try {
      value = await execute(client, stepsOf(batch, write))
    } catch (error) {
      const outcome = failure(error)
      await client.query('ROLLBACK')
      return { outcomes: [outcome], events: [] }
    }
    await end(client, before, batch.seq)
    return { outcomes: [{ ok: true, value }], events: batch.events }
  }

  async #attemptSegments (client: PoolClient, batch: Batch, writes: Write[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const segment of segmentsOf(writes)) {
      if ('write' in segment) outcomes.push(await this.#attempt(client, batch, segment.write))
      else outcomes.push(...await this.#attemptAll(client, batch, segment.sends))
    }
    return outcomes
  }

  /** Runs many sends with the statements of one; if that fails, runs them one by one to find the one at fault. */
  async #attemptAll (client: PoolClient, batch: Batch, sends: Send[]): Promise<Outcome[]> {
    const all = await this.#inSavepoint(client, batch, () => execute(client, notifyMany(batch, draftsOf(sends))))
    if (all.ok) return all.value
    const outcomes: Outcome[] = []
    for (const send of sends) outcomes.push(await this.#attempt(client, batch, send))
    return outcomes
  }

  #attempt (client: PoolClient, batch: Batch, write: Write): Promise<Outcome> {
    return this.#inSavepoint(client, batch, () => execute(client, stepsOf(batch, write)))
  }

  /** Runs `attempt` in a savepoint, which is rolled back if it fails. */
  async #inSavepoint<T> (client: PoolClient, batch: Batch, attempt: () => Promise<T>): Promise<Outcome<T>> {
    const { seq, events: { length } } = batch
    // Pipelined: the statements that follow fail if this one does.
    pipeline(client, 'SAVEPOINT item')
    try {
      const value = await attempt()
      pipeline(client, 'RELEASE item')
      return { ok: true, value }
    } catch (error) {
      const outcome = failure(error)
      await client.query('ROLLBACK TO item; RELEASE item')
      restoreBatch(batch, seq, length)
      return outcome
    }
  }
}

async function begin (client: PoolClient): Promise<number> {
  // READ COMMITTED, whatever the server's default: each statement must see what the lock's previous holder committed.
  const results = await client.query('BEGIN ISOLATION LEVEL READ COMMITTED; SELECT seq FROM log FOR UPDATE') as unknown as QueryResult<{ seq: number }>[]
  return results[1]!.rows[0]!.seq
}

async function end (client: PoolClient, before: number, seq: number): Promise<void> {
  if (seq !== before) pipeline(client, `UPDATE log SET seq = ${seq}`)
  const { command } = await client.query('COMMIT')
  // For a failed transaction, the server answers COMMIT with ROLLBACK, not with an error.
  if (command !== 'COMMIT') throw new Error('the transaction was not committed')
}

/** Sends a statement without waiting for its result. */
function pipeline (client: PoolClient, sql: string): void {
  client.query(sql).catch(() => {})
}

/** The outcome of a write that failed by its own fault; rethrows a fault of the store, which fails the whole batch. */
function failure (error: unknown): Outcome<never> {
  if (isBelfryError(error)) return { ok: false, code: error.code, detail: error.message }
  if (error instanceof Error && 'code' in error && !isOwnFault(error)) throw error
  return { ok: false, code: 'BLF_INTERNAL', detail: error instanceof Error ? error.message : String(error) }
}

/** Groups consecutive sends; every other write is a segment of its own. */
function segmentsOf (writes: Write[]): Segment[] {
  const segments: Segment[] = []
  for (const write of writes) {
    const last = segments.at(-1)
    if (!isSend(write)) segments.push({ write })
    else if (last && 'sends' in last) last.sends.push(write)
    else segments.push({ sends: [write] })
  }
  return segments
}

/** Whether `notifyMany` can do it: not a send that replaces another, nor one for late joiners, which are few. */
function isSend (write: Write): write is Send {
  return write.name === 'notify' && write.args[0].chain === undefined && !write.args[0].lateJoiners && !write.args[0].demand
}

function draftsOf (sends: Send[]): Draft[] {
  return sends.map(({ args: [draft] }) => draft)
}
