import { DatabaseSync } from 'node:sqlite'
import { makePrivate } from './private.ts'

const SQLITE_BUSY = 5

/**
 * Claims a database file for this process: an exclusive transaction on a file beside it, whose
 * lock the operating system releases when the process ends, however it ends. Throws if another process holds it.
 */
export function lockFile (path: string): { release (): void } {
  const name = `${path}.lock`
  makePrivate(name)
  const lock = new DatabaseSync(name, { timeout: 0 })
  try {
    // Nothing is ever written to it, so it needs no journal file.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new Error('it is in use by another Belfry process', { cause: error })
  }
  return { release: () => lock.close() }
}

/** As `lockFile`, with the file named in the error: for commands. */
export function lockNamedFile (path: string): { release (): void } {
  try {
    return lockFile(path)
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error })
  }
}
