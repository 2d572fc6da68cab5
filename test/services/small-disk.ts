import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { folder } from '../folder.ts'

export interface SmallDisk {
  path: string
  /** Takes all the room that is left but `bytes`. */
  fill: (bytes?: number) => void
  /** Gives the room back. */
  clear: () => void
}

/** A file system of a few hundred KiB, unmounted when the test ends; undefined where this process may not mount one. */
export function smallDisk (t: Test, kib: number): SmallDisk | undefined {
  const path = folder(t)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    t.comment('no file system can be mounted here: not tried on a full disk')
    return undefined
  }
  t.teardown(() => { execFileSync('umount', ['-l', path]) })
  const ballast = join(path, 'ballast')
  return {
    path,
    fill (bytes = 0) {
      const spare = join(path, 'spare')
      const file = openSync(ballast, 'a')
      if (bytes > 0) writeAll(openSync(spare, 'w'), bytes)
      writeAll(file)
      rmSync(spare, { force: true })
    },
    clear: () => rmSync(ballast, { force: true })
  }
}

function writeAll (file: number, bytes = Infinity): void {
  const block = Buffer.alloc(4096, 1)
  try {
    for (let written = 0; written < bytes; written += block.length) writeSync(file, block)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}
