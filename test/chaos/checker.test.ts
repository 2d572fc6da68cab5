import { test } from 'tap'
import { random } from '../random.ts'
import { check } from './checker.ts'
import { hasMoves } from './checker/move-mutations.ts'
import { mutations } from './checker/mutations.ts'
import { hasEverything } from './checker/places.ts'
import { hasScreens } from './checker/screen-mutations.ts'
import { hasStates } from './checker/state-mutations.ts'
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
    if (hasEverything(world.journal) && hasMoves(world.journal) && hasStates(world.journal) && hasScreens(world.journal)) return world.journal
  }
  throw new Error('no recorded run has something for every mutation')
}

const journal = await record()

test('a run without a fault has none', async t => {
  const { faults, messages, late, cancelled, moves, deliveries } = check(journal)
  t.same(faults, [])
  t.ok(messages + late + cancelled >= 200 && moves > 0 && deliveries > messages)
})

for (const [what, { names, mutate }] of Object.entries(mutations)) {
  test(what, async t => {
    const changed = structuredClone(journal)
    mutate(changed)
    const found = [...new Set(check(changed).faults.map(({ kind }) => kind))].sort()
    t.same(found, names)
  })
}
