import { chmodSync, closeSync, openSync, statSync } from 'node:fs'

/**
 * Makes a file, if it is not there, that only its owner may read; SQLite gives the files beside it
 * the same mode. One that is there is not opened: closing it would drop this process's locks on it
 * (https://sqlite.org/howtocorrupt.html §2.2).
 */
export function makePrivate (path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (statSync(path).isFile()) chmodSync(path, 0o600)
  }
}
