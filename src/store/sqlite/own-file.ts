import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_NOTADB = 26

/**
 * Throws if the file at `path` is not a database, before it or a file beside it is changed: a mistyped path
 * may name a file that others need. SQLite itself reads it, because closing a file that this process has open elsewhere would drop its locks.
 */
export function assertDatabase (path: string): void {
  if (!existsSync(path) || !statSync(path).isFile() || statSync(path).size === 0) return
  try {
    const file = new DatabaseSync(path, { readOnly: true })
    try {
      file.prepare('PRAGMA schema_version').get()
    } finally {
      file.close()
    }
  } catch (error) {
    // Other errors are reported when the store opens it.
    if ((error as { errcode?: number }).errcode === SQLITE_NOTADB) throw error
  }
}
