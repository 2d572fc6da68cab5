import { StatementSync } from 'node:sqlite'
import type { Test } from 'tap'

/** Counts the statements that this thread runs from now on, until the test ends. */
export function countStatements (t: Test): () => number {
  const calls = (['all', 'get', 'run'] as const).map(method => t.capture(StatementSync.prototype, method, StatementSync.prototype[method]))
  let count = 0
  return () => {
    for (const taken of calls) count += taken().length
    return count
  }
}
