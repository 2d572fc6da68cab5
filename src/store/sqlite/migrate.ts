import { newEpoch } from '../epoch.ts'
import { migrations, explainOtherVersion, stepsFrom } from '../migrations/index.ts'
import type { Database } from './database.ts'

/** Brings a database to the newest version, in one transaction; a new database gets its epoch here. */
export function migrate (db: Database): void {
  db.raw.exec('BEGIN IMMEDIATE')
  try {
    const version = db.pragma('user_version') as number
    if (version > migrations.length) throw new Error(`the database has version ${version}, newer than this Belfry knows (${migrations.length})`)
    for (const step of stepsFrom(version)) {
      if (typeof step === 'string') db.raw.exec(toSqlite(step))
      else db.execute(step())
    }
    if (version === 0) db.raw.prepare('INSERT INTO log (one, epoch, seq, floor) VALUES (1, ?, 0, 0)').run(newEpoch())
    // Only if it changed: a database that cannot be opened after all is then left unmodified.
    if (version < migrations.length) db.pragma(`user_version = ${migrations.length}`)
    db.raw.exec('COMMIT')
  } catch (error) {
    // If the disk is full, SQLite has rolled back already.
    if (db.raw.isTransaction) db.raw.exec('ROLLBACK')
    throw error
  }
}

/** Throws unless a database is a store of this version. */
export function assertMigrated (db: Database): void {
  const version = db.pragma('user_version') as number
  if (version !== migrations.length) throw new Error(explainOtherVersion(version))
}

/** Adapts DDL to SQLite: one integer type, STRICT tables, and WITHOUT ROWID for composite keys, which saves a second b-tree. */
function toSqlite (ddl: string): string {
  return ddl
    .replaceAll('BIGINT', 'INTEGER')
    .replaceAll(/(PRIMARY KEY \(.+\))\n\);/g, '$1\n) STRICT, WITHOUT ROWID;')
    .replaceAll('\n);', '\n) STRICT;')
}
