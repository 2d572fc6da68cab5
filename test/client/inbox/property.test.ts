import fc from 'fast-check'
import { test } from 'tap'
import { play, run } from './play.ts'

test('whatever the network does, in the end every tab shows the inbox of the server', { timeout: 120_000 }, async t => {
  await fc.assert(fc.asyncProperty(run, play), { numRuns: 60, seed: 42 })
  t.pass()
})
