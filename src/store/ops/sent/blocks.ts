import { listOf, rowsOf, run, type Steps } from '../../query.ts'
import type { Batch } from '../batch.ts'

/*
 * Lists of what was sent have a sparse index. The log is divided into blocks of `BLOCK` events, and a row of `sent_blocks`
 * says that a block has a notification of a source, or had one before an edit. So a list reads few events for each that it
 * finds, and a send seldom adds a row: most of what is sent has the sources of what was sent just before.
 *
 *     log      … n n m n m m n n | n m m m m m m m | m m m m m m m m | m n …      n: notification   m: mark
 *     'all'    a row               a row             none              a row
 */

/** How many events of the log a block has: that of a `seq` is `seq / BLOCK`, rounded down. */
export const BLOCK = 64

/** What the notifications of one list have in common: nothing, or the value of this column of theirs. */
export type SourceColumn = 'all' | 'type' | 'sender' | 'scope'

/** The name of a source in `sent_blocks`. */
export function sourceName (column: SourceColumn, value: string): string {
  return column === 'all' ? column : `${column}:${value}`
}

/** A notification as far as its sources say. */
export interface Sent { seq: number, type: string, sender: string, scope: string | null }

/** The sources that are known to have a row of the newest block. This stays true whoever else writes: rows of a block go only with its last event. */
export class KnownBlocks {
  #block = 0
  readonly #types = new Set<string>()
  readonly #senders = new Set<string>()
  readonly #scopes = new Set<string | null>()

  /** Whether all rows that a notification with this `seq` needs are known to be there. */
  has (seq: number, { type, sender, scope }: Omit<Sent, 'seq'>): boolean {
    return Math.floor(seq / BLOCK) === this.#block && this.#types.has(type) && this.#senders.has(sender) && (scope === null || this.#scopes.has(scope))
  }

  /** Notes that a notification has its rows. */
  add ({ seq, type, sender, scope }: Sent): void {
    const block = Math.floor(seq / BLOCK)
    if (block < this.#block) return
    if (block > this.#block) this.clear()
    this.#block = block
    this.#types.add(type)
    this.#senders.add(sender)
    this.#scopes.add(scope)
  }

  /** Forgets everything: some of it may have been undone. */
  clear (): void {
    for (const known of [this.#types, this.#senders, this.#scopes]) known.clear()
  }
}

/** The rows of `sent_blocks` that notifications need and that are not known to be there; some of them may be there. */
export function newBlocksOf ({ sentBlocks }: Batch, notifications: Sent[]): [source: string, block: number][] {
  return notifications.filter(sent => {
    if (sentBlocks.has(sent.seq, sent)) return false
    sentBlocks.add(sent)
    return true
  }).flatMap(({ seq, type, sender, scope }) => {
    const block = Math.floor(seq / BLOCK)
    const sources = [sourceName('all', ''), sourceName('type', type), sourceName('sender', sender), ...scope === null ? [] : [sourceName('scope', scope)]]
    return sources.map((source): [string, number] => [source, block])
  })
}

/** Adds notifications to the lists of what was sent: one statement, and usually none. */
export function * noteSent (batch: Batch, notifications: Sent[]): Steps<void> {
  const rows = newBlocksOf(batch, notifications)
  if (rows.length === 0) return
  // WHERE TRUE: without it SQLite parses ON CONFLICT as a join's condition.
  yield * run(
    `INSERT INTO sent_blocks (source, block) SELECT source, block FROM ${rowsOf({ source: 'TEXT', block: 'BIGINT' })} AS d WHERE TRUE ON CONFLICT (source, block) DO NOTHING`,
    listOf(rows)
  )
}

/** Removes the rows of blocks that have no events any more, all of them with `seq ≤ floor`. */
export function * forgetBlocks (floor: number): Steps<void> {
  yield * run('DELETE FROM sent_blocks WHERE block < ?', Math.floor((floor + 1) / BLOCK))
}
