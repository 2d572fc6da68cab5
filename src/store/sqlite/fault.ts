import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { problem } from '../../errors.ts'
import { isDiskFault } from './writer.ts'

const SQLITE_IOERR = 10
const SQLITE_FULL = 13
/** The WAL index (-shm) grows in steps of 32 KiB; without room for a step, SQLite reports an I/O error. */
const SHM_STEP = 32_768

/** Whether an error means that the disk is full. */
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

/** Converts an error of the disk or the file to one of the catalogue, with the original as `cause`, for the log. */
export function toFault (error: unknown, path: string): Error {
  const fault = problem(isFull(error, path) ? 'BLF_STORE_FULL' : 'BLF_STORE_UNAVAILABLE')
  return Object.assign(fault, { cause: error, isDiskFault: isDiskFault(error) })
}
