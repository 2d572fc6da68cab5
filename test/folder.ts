import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A new folder, removed when the test ends. */
export function folder (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'belfry-'))
  t.teardown(() => { rmSync(path, { recursive: true }) })
  return path
}
