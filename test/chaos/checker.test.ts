import { test } from 'tap'
import { check } from './checker.ts'
import { mutations } from './checker/mutations.ts'
import { record } from './checker/recording.ts'

const journal = await record()

test('a run without a fault has none', async t => {
  const { faults, messages, late, cancelled, moves, deliveries } = check(journal)
  t.same(faults, [])
  t.ok(messages + late + cancelled >= 60 && moves > 0 && deliveries > messages)
})

for (const [what, { names, mutate }] of Object.entries(mutations)) {
  test(what, async t => {
    const changed = structuredClone(journal)
    mutate(changed)
    const found = [...new Set(check(changed).faults.map(({ kind }) => kind))].sort()
    t.same(found, names)
  })
}
