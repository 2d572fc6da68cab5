import { DatabaseSync } from 'node:sqlite'

/**
 * Claims a database file for this process: an exclusive transaction on a file beside it, which the
 * system gives up when the process ends, however it ends. Throws if another process holds it.
 */
export function lockFile (path: string): { release (): void } {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new Error(`${path} is in use by another Belfry process`, { cause: error })
  }
  return { release: () => lock.close() }
}
