import fc from 'fast-check'
import { test } from 'tap'
import { play, run } from './play.ts'

test('whatever the network does, in the end every tab shows the inbox of the server', { timeout: 120_000 }, async t => {
  await fc.assert(fc.asyncProperty(run, play), { numRuns: 60, seed: 42 })
  t.pass()
})

test('a page that is ahead of the frames is no fault, though it has nothing', async t => {
  const steps = [[96, 6, 0], [0, 0, 1], [0, 0, 614], [57, 0, 0], [17, 0, 35]].map(([what = 0, a = 0, b = 0]) => ({ what, a, b }))
  await play({ steps, filters: [2], notes: 2, expires: false, isSwift: true, saysUnseen: false })
  t.pass()
})
