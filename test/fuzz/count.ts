import fc, { type Arbitrary } from 'fast-check'

export interface FuzzOptions { seed: number, runs: number }
export interface Count { accepted: number, refused: number, faults: string[] }

const SHOWN = 1_000

/** Plays what an arbitrary makes, and counts; the first fault, as small as it gets, ends it. */
export async function check<T> (arbitrary: Arbitrary<T>, { seed, runs }: FuzzOptions, play: (made: T, count: Count) => Promise<void>): Promise<Count> {
  const count: Count = { accepted: 0, refused: 0, faults: [] }
  const { failed, errorInstance, counterexample } = await fc.check(fc.asyncProperty(arbitrary, made => play(made, count)), { seed, numRuns: runs })
  if (failed) count.faults.push(`${String(errorInstance).slice(0, SHOWN)}, by ${JSON.stringify(counterexample?.[0]).slice(0, SHOWN)}`)
  return count
}
