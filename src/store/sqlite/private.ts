import { chmodSync, closeSync, existsSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a file, if it is not there, that only its owner may read, under any umask; SQLite gives the
 * files beside it the same mode. One that is there is not opened: closing it would drop this
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

/** Makes a folder, if it is not there, and those above it, for their owner only. One that is there keeps its mode: it may be shared on purpose. */
export function makePrivateFolder (path: string): void {
  if (existsSync(path)) return
  makePrivateFolder(dirname(path))
  try {
    mkdirSync(path, 0o700)
    chmodSync(path, 0o700)
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
