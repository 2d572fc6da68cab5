import { test } from 'tap'
import { random } from '../random.ts'
import { check } from './checker.ts'
import { mutations } from './checker/mutations.ts'
import { hasEverything } from './checker/places.ts'
import type { Journal } from './journal.ts'
import { devices } from './scenarios/devices.ts'
import { World } from './world.ts'

const RUNS = 10

/** The journal of a real run, without a fault, in which there was something for every mutation. */
async function record (): Promise<Journal> {
  for (let run = 1; run <= RUNS; run++) {
    const world = new World(random(7))
    try {
      await devices(world, { messages: 200, kills: 0 })
    } finally {
      await world.dispose()
    }
    if (hasEverything(world.journal)) return world.journal
  }
  throw new Error('no recorded run has something for every mutation')
}

const journal = await record()

test('a run without a fault has none', async t => {
  const { faults, messages, deliveries } = check(journal)
  t.same(faults, [])
  t.ok(messages >= 200 && deliveries > messages)
})

for (const [what, { names, mutate }] of Object.entries(mutations)) {
  test(what, async t => {
    const changed = structuredClone(journal)
    mutate(changed)
    const found = [...new Set(check(changed).faults.map(({ kind }) => kind))].sort()
    t.same(found, names)
  })
}
