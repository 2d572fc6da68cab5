import { random } from '../random.ts'
import { check, type Verdict } from './checker.ts'
import type { Journal } from './journal.ts'
import { evidenceOf } from './report/evidence.ts'
import type { Scenario } from './scenarios/index.ts'
import { World } from './world.ts'

export interface Result extends Verdict {
  kills: number
  cuts: number
  /** What the server logged as errors, for whoever looks into a fault. */
  complaints: string[]
  /** What the journal has of the first faults. */
  evidence: string[]
}

/** So many faults are looked into: what follows is mostly of the same. */
const LOOKED_INTO = 3

/** What is found by the journal of a run. */
export function judge (journal: Journal): Verdict & Pick<Result, 'evidence'> {
  const verdict = check(journal)
  return { ...verdict, evidence: verdict.faults.slice(0, LOOKED_INTO).flatMap(fault => evidenceOf(journal, fault)) }
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
    ...judge(world.journal),
    kills: world.kills,
    cuts: [...world.subscribers, ...world.clients].reduce((sum, { cuts }) => sum + cuts, world.cuts),
    complaints: [...world.server.complaints, ...world.clients.flatMap(({ complaints }) => complaints)]
  }
}
