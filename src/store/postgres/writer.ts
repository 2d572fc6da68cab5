import type { Pool, PoolClient, QueryResult } from 'pg'
import type { Draft } from '../store.ts'
import { isBelfryError } from '../../errors.ts'
import { newBatch, restoreBatch, type Batch } from '../ops/batch.ts'
import { stepsOf, type Committed, type Outcome, type Write } from '../ops/index.ts'
import { withClient } from './connection.ts'
import type { Query } from '../query.ts'
import { ask, execute } from './execute.ts'
import { isOwnFault } from './fault.ts'
import { notifyMany } from './notify-many.ts'

type Send = Write<'notify'>
type Segment = { sends: Send[] } | { write: Write }

/**
 * Commits batches over one connection. The counter's row is locked first and until the commit, by
 * every node: numbers are taken, and become visible, in the order of commits and without a hole.
 */
export class Writer {
  readonly #pool: Pool
  readonly #epoch: string

  constructor (pool: Pool, epoch: string) {
    this.#pool = pool
    this.#epoch = epoch
  }

  /** Commits a batch in one transaction. A write that fails is undone alone; rejects if it is not known to be committed. */
  async commit (writes: Write[]): Promise<Committed> {
    return await withClient(this.#pool, async client => {
      const committed = writes.every(isSend) && await this.#commitSends(client, draftsOf(writes))
      if (committed) return committed
      const before = await begin(client)
      const batch = newBatch(this.#epoch, before)
      if (writes.length === 1) return await this.#commitOne(client, batch, writes[0]!)
      const outcomes = await this.#together(client, batch, writes)
      await end(client, before, batch.seq)
      return { outcomes, events: batch.events }
    })
  }

  /**
   * The usual batch, in two round trips: what is sent behind a statement that fails fails too, and
   * COMMIT then rolls back. False if one of the sends is at fault: nothing is committed.
   */
  async #commitSends (client: PoolClient, drafts: Draft[]): Promise<Committed | false> {
    const batch = newBatch(this.#epoch, 0)
    const steps = notifyMany(batch, drafts)
    // The lookup runs when the lock is held, and sees what its last holder committed.
    const [begun, known] = await Promise.allSettled([begin(client), ask(client, steps.next().value as Query)])
    if (begun.status === 'rejected') throw begun.reason
    if (known.status === 'rejected') {
      if (!isOwnFault(known.reason)) throw known.reason
      await client.query('ROLLBACK')
      return false
    }
    const before = begun.value
    batch.seq = before
    let insert = steps.next(known.value)
    // What a right depends on is asked before the numbers are taken; hardly any send needs that.
    while (!insert.done && batch.seq === before) insert = steps.next(await ask(client, insert.value))
    if (insert.done) {
      await client.query('ROLLBACK')
      return { outcomes: insert.value, events: [] }
    }
    const [inserted, ended] = await Promise.allSettled([ask(client, insert.value), end(client, before, batch.seq)])
    if (inserted.status === 'rejected') {
      if (isOwnFault(inserted.reason)) return false
      throw inserted.reason
    }
    if (ended.status === 'rejected') throw ended.reason
    return { outcomes: steps.next(inserted.value).value as Outcome[], events: batch.events }
  }

  /** Without a savepoint: if the one write fails, there is nothing to commit. */
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

  async #together (client: PoolClient, batch: Batch, writes: Write[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const segment of segmentsOf(writes)) {
      if ('write' in segment) outcomes.push(await this.#attempt(client, batch, segment.write))
      else outcomes.push(...await this.#attemptAll(client, batch, segment.sends))
    }
    return outcomes
  }

  /** Many sends in as many statements as one; if that fails, one by one finds out which of them it was. */
  async #attemptAll (client: PoolClient, batch: Batch, sends: Send[]): Promise<Outcome[]> {
    const all = await this.#guarded(client, batch, () => execute(client, notifyMany(batch, draftsOf(sends))))
    if (all.ok) return all.value
    const outcomes: Outcome[] = []
    for (const send of sends) outcomes.push(await this.#attempt(client, batch, send))
    return outcomes
  }

  #attempt (client: PoolClient, batch: Batch, write: Write): Promise<Outcome> {
    return this.#guarded(client, batch, () => execute(client, stepsOf(batch, write)))
  }

  async #guarded<T> (client: PoolClient, batch: Batch, attempt: () => Promise<T>): Promise<Outcome<T>> {
    const { seq, events: { length } } = batch
    // Not waited for: what follows is sent behind it, and fails if it failed.
    send(client, 'SAVEPOINT item')
    try {
      const value = await attempt()
      send(client, 'RELEASE item')
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
  // Whatever the server's default is: each statement after the lock must see what the lock's last holder committed.
  const results = await client.query('BEGIN ISOLATION LEVEL READ COMMITTED; SELECT seq FROM log FOR UPDATE') as unknown as QueryResult<{ seq: number }>[]
  return results[1]!.rows[0]!.seq
}

async function end (client: PoolClient, before: number, seq: number): Promise<void> {
  if (seq !== before) send(client, `UPDATE log SET seq = ${seq}`)
  const { command } = await client.query('COMMIT')
  // A transaction that had failed is rolled back by COMMIT, which is no error to the server.
  if (command !== 'COMMIT') throw new Error('the transaction was not committed')
}

function send (client: PoolClient, sql: string): void {
  client.query(sql).catch(() => {})
}

/** A write's own fault; throws what is the store's, which is the whole batch's. */
function failure (error: unknown): Outcome<never> {
  if (isBelfryError(error)) return { ok: false, code: error.code, detail: error.message }
  if (error instanceof Error && 'code' in error && !isOwnFault(error)) throw error
  return { ok: false, code: 'BLF_INTERNAL', detail: error instanceof Error ? error.message : String(error) }
}

/** Sends that follow each other are done together; everything else on its own, in its place. */
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

function isSend (write: Write): write is Send {
  return write.name === 'notify'
}

function draftsOf (sends: Send[]): Draft[] {
  return sends.map(({ args: [draft] }) => draft)
}
