import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { problem } from '../../errors.ts'
import { isDiskFault } from './writer.ts'

const SQLITE_IOERR = 10
const SQLITE_FULL = 13
/** SQLite's index of the WAL grows in steps of 32 KiB, and says "I/O error" where there is no room for one. */
const SHM_STEP = 32_768

/** Whether an error comes from a disk without room. */
export function isFull (error: unknown, path: string): boolean {
  const { errcode, code } = error as { errcode?: number, code?: string }
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  const primary = (errcode ?? 0) & 0xff
  return primary === SQLITE_FULL || (primary === SQLITE_IOERR && path !== ':memory:' && roomAt(path) < SHM_STEP)
}

function roomAt (path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize
}

/** A fault of the disk or the file, in the catalogue's words; the engine's own stay in `cause`, for the log. */
export function toFault (error: unknown, path: string): Error {
  const fault = problem(isFull(error, path) ? 'BLF_STORE_FULL' : 'BLF_STORE_UNAVAILABLE')
  return Object.assign(fault, { cause: error, isDiskFault: isDiskFault(error) })
}
