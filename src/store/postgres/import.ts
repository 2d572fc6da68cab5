import { existsSync } from 'node:fs'
import pg from 'pg'
import { migrations } from '../migrations/index.ts'
import { Database } from '../sqlite/database.ts'
import { lockNamedFile } from '../sqlite/lock.ts'
import { migrate } from './migrate.ts'
import { withTlsMode } from './tls.ts'

/** What was copied: the log's epoch and head, and the number of rows of each table. */
export interface Imported { epoch: string, head: number, rows: Record<string, number> }

const PAGE = 1_000

/**
 * Copies a SQLite store that no server uses into an empty PostgreSQL database, in one transaction,
 * with its epoch and every `seq`, so that cursors, tokens and keys stay valid. Throws, and leaves the target
 * empty, if a table's number of rows differs from the original's.
 */
export async function importSqlite (path: string, url: string): Promise<Imported> {
  if (!existsSync(path)) throw new Error(`there is no database at ${path}`)
  const lock = lockNamedFile(path)
  try {
    const source = new Database(path, { readOnly: true })
    try {
      return await copy(source, url)
    } finally {
      source.close()
    }
  } finally {
    lock.release()
  }
}

async function copy (source: Database, url: string): Promise<Imported> {
  if (source.pragma('user_version') !== migrations.length) throw new Error('the SQLite store has another version: start this server on it once to migrate it')
  const target = new pg.Client({ connectionString: withTlsMode(url) })
  target.on('error', () => {})
  await target.connect()
  try {
    await migrate(target)
    await target.query('BEGIN')
    await assertEmpty(target)
    const rows: Record<string, number> = {}
    for (const table of tablesOf(source)) rows[table] = await copyTable(source, target, table)
    const log = source.raw.prepare('SELECT epoch, seq, floor, plans_made, plans_waiting FROM log').get() as { epoch: string, seq: number, floor: number, plans_made: number, plans_waiting: number }
    await target.query('UPDATE log SET epoch = $1, seq = $2, floor = $3, plans_made = $4, plans_waiting = $5', [log.epoch, log.seq, log.floor, log.plans_made, log.plans_waiting])
    await target.query('COMMIT')
    return { epoch: log.epoch, head: log.seq, rows }
  } finally {
    // Closing the connection rolls back a transaction that is not committed.
    await target.end()
  }
}

/** Throws if the target is in use. The lock on the log's row keeps nodes from writing until the copy is committed. */
async function assertEmpty (target: pg.Client): Promise<void> {
  const { rows: [log] } = await target.query<{ seq: string }>('SELECT seq FROM log FOR UPDATE')
  const { rows: [users] } = await target.query<{ count: string }>('SELECT count(*) FROM users')
  if (log!.seq !== '0' || users!.count !== '0') throw new Error('the PostgreSQL database must be empty')
}

function tablesOf (source: Database): string[] {
  const tables = source.raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'log' ORDER BY name").all()
  return tables.map(({ name }) => name as string)
}

async function copyTable (source: Database, target: pg.Client, table: string): Promise<number> {
  let page: unknown[] = []
  const flush = async () => {
    await target.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1::json)`, [JSON.stringify(page)])
    page = []
  }
  for (const row of source.raw.prepare(`SELECT * FROM ${table}`).iterate()) {
    page.push(row)
    if (page.length === PAGE) await flush()
  }
  await flush()
  const { c: expected } = source.raw.prepare(`SELECT count(*) AS c FROM ${table}`).get() as { c: number }
  const { rows: [copied] } = await target.query<{ count: string }>(`SELECT count(*) FROM ${table}`)
  if (Number(copied!.count) !== expected) throw new Error(`${table}: ${copied!.count} of ${expected} rows were copied; the target is left empty`)
  return expected
}
