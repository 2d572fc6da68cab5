import { StatementSync } from 'node:sqlite'
import type { Test } from 'tap'

/** Counts the statements that this thread runs from now on, until the test ends. */
export function countStatements (t: Test): () => number {
  let count = 0
  for (const method of ['all', 'get', 'run'] as const) {
    const original = StatementSync.prototype[method]
    // Without `t.capture`, which takes the stack of every call.
    StatementSync.prototype[method] = function (...args: unknown[]) {
      count++
      return Reflect.apply(original, this, args)
    }
    t.teardown(() => { StatementSync.prototype[method] = original as never })
  }
  return () => count
}
