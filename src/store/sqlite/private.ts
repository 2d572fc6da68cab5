import { chmodSync, closeSync, existsSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a file that only its owner may read, whatever the umask, or restricts an existing one; SQLite gives
 * the files beside it the same mode. An existing file is not opened, because closing it would drop this
 * process's locks on it (https://sqlite.org/howtocorrupt.html §2.2).
 */
export function makePrivate (path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600)
    fchmodSync(file, 0o600)
    closeSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (statSync(path).isFile()) chmodSync(path, 0o600)
  }
}

/** Creates a folder and its missing parents, for the owner only. An existing folder keeps its mode: it may be shared on purpose. */
export function makePrivateFolder (path: string): void {
  if (existsSync(path)) return
  makePrivateFolder(dirname(path))
  try {
    mkdirSync(path, 0o700)
    chmodSync(path, 0o700)
  } catch (error) {
    // Another process created it first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
