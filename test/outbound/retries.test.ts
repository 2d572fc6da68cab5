import { test } from 'tap'
import { nextAttempt } from '../../src/outbound/retries.ts'

test('waits are spread, and not shorter than a receiver asks for', async t => {
  t.same([nextAttempt(1, 0, 0), nextAttempt(1, 0, 0.5), nextAttempt(1, 0, 1)].map(ms => Math.round(ms!)), [4_500, 5_000, 5_500])
  t.equal(nextAttempt(1, 60_000), 60_000)
  t.equal(nextAttempt(1, 1e12), 86_400_000, 'nor for longer than a day')
  t.equal(nextAttempt(10), undefined)
})
