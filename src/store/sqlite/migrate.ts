import { newEpoch } from '../epoch.ts'
import { migrations, otherVersion } from '../migrations/index.ts'
import type { Database } from './database.ts'

/** Brings a database to the newest version, all in one transaction, and makes the log's epoch with it. */
export function migrate (db: Database): void {
  db.raw.exec('BEGIN IMMEDIATE')
  try {
    const version = db.pragma('user_version') as number
    if (version > migrations.length) throw new Error(`the database has version ${version}, newer than this Belfry knows (${migrations.length})`)
    for (const migration of migrations.slice(version)) {
      if (typeof migration === 'string') db.raw.exec(toSqlite(migration))
      else db.execute(migration())
    }
    if (version === 0) db.raw.prepare('INSERT INTO log (one, epoch, seq, floor) VALUES (1, ?, 0, 0)').run(newEpoch())
    // Only if it is news: what cannot be opened in the end is then left as it was.
    if (version < migrations.length) db.pragma(`user_version = ${migrations.length}`)
    db.raw.exec('COMMIT')
  } catch (error) {
    // A full disk has rolled it back by itself.
    if (db.raw.isTransaction) db.raw.exec('ROLLBACK')
    throw error
  }
}

/** Throws unless a database is a store of this version. */
export function assertMigrated (db: Database): void {
  const version = db.pragma('user_version') as number
  if (version !== migrations.length) throw new Error(otherVersion(version))
}

/** SQLite's words: one integer type, checked types, and no second b-tree under a composite key. */
function toSqlite (ddl: string): string {
  return ddl
    .replaceAll('BIGINT', 'INTEGER')
    .replaceAll(/(PRIMARY KEY \(.+\))\n\);/g, '$1\n) STRICT, WITHOUT ROWID;')
    .replaceAll('\n);', '\n) STRICT;')
}
