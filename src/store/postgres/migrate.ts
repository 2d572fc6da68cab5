import type { ClientBase } from 'pg'
import { newEpoch } from '../epoch.ts'
import { migrations, explainOtherVersion, stepsFrom } from '../migrations/index.ts'
import { execute } from './execute.ts'
import { UnfitError } from './unfit.ts'

/** The key of the advisory lock, an arbitrary number: nodes that start together migrate one after the other. */
const LOCK = 0x62656c66

/** Brings a database to the newest version, in one transaction; a new database gets its epoch here. Returns the epoch. */
export async function migrate (client: ClientBase): Promise<string> {
  await client.query('BEGIN')
  // Another node that is migrating a large table may hold the lock for long.
  await client.query(`SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${LOCK})`)
  await client.query('CREATE TABLE IF NOT EXISTS belfry (version INTEGER NOT NULL)')
  const { rows: [found] } = await client.query<{ version: number }>('SELECT version FROM belfry')
  const version = found?.version ?? 0
  if (version > migrations.length) throw new Error(`the database has version ${version}, newer than this Belfry knows (${migrations.length})`)
  for (const step of stepsFrom(version)) {
    if (typeof step === 'string') await client.query(toPostgres(step))
    else await execute(client, step())
  }
  if (!found) {
    await client.query('INSERT INTO log (one, epoch, seq, floor) VALUES (1, $1, 0, 0)', [newEpoch()])
    await client.query('INSERT INTO belfry (version) VALUES ($1)', [migrations.length])
  } else if (version < migrations.length) {
    await client.query('UPDATE belfry SET version = $1', [migrations.length])
  }
  const { rows: [log] } = await client.query<{ epoch: string }>('SELECT epoch FROM log')
  await client.query('COMMIT')
  return log!.epoch
}

/** The epoch of a store of this version; changes nothing, and throws an UnfitError for another version. */
export async function readEpoch (client: ClientBase): Promise<string> {
  const { rows: [table] } = await client.query<{ exists: boolean }>("SELECT to_regclass('belfry') IS NOT NULL AS exists")
  const version = table!.exists ? (await client.query<{ version: number }>('SELECT version FROM belfry')).rows[0]?.version ?? 0 : 0
  if (version !== migrations.length) throw new UnfitError(explainOtherVersion(version))
  return (await client.query<{ epoch: string }>('SELECT epoch FROM log')).rows[0]!.epoch
}

/** Adapts DDL to PostgreSQL: text is compared by its bytes, as in SQLite, whatever the database's locale. */
function toPostgres (ddl: string): string {
  return ddl.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')
}
