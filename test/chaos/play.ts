import { random } from '../random.ts'
import { check, type Verdict } from './checker.ts'
import type { Scenario } from './scenarios/index.ts'
import { World } from './world.ts'

export interface Result extends Verdict {
  kills: number
  cuts: number
  /** What the server logged as errors, for whoever looks into a fault. */
  complaints: string[]
}

/** What can be played, by name. */
export type Plays = Record<string, { title: string, play: (seed: number) => Promise<Result> }>

/** Plays one round of a scenario on a server of its own and judges it; the same seed makes the same choices. */
export async function play<O> ({ run, server }: Scenario<O>, seed: number, options?: O): Promise<Result> {
  const world = new World(random(seed), server)
  try {
    await run(world, options)
  } finally {
    await world.dispose()
  }
  return {
    ...check(world.journal),
    kills: world.kills,
    cuts: [...world.subscribers, ...world.clients].reduce((sum, { cuts }) => sum + cuts, world.cuts),
    complaints: [...world.server.complaints, ...world.clients.flatMap(({ complaints }) => complaints)]
  }
}
