import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_NOTADB = 26

/**
 * Throws if there is a file at `path` that is no database, before anything of it or beside it is touched:
 * a path that is mistyped may be of a file that others need to read. SQLite itself looks, because
 * closing a file that this process has open elsewhere would drop its locks.
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
    // What else is wrong with it shows when it is opened for good.
    if ((error as { errcode?: number }).errcode === SQLITE_NOTADB) throw error
  }
}
