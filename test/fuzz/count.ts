import fc, { type Arbitrary } from 'fast-check'

export interface FuzzOptions {
  seed: number
  runs: number
  /** The operation or verb that is meant, if not every one. */
  only?: string | undefined
}
export interface Count { accepted: number, refused: number, faults: string[] }

export interface Batch<T> { arbitrary: Arbitrary<T>, play: (made: T, count: Count) => Promise<void>, end?: () => void }

const SHOWN = 1_000

/** What exists is used up: after so many runs there is a new world. */
const BATCH = 60

/** Plays what arbitraries make, each batch in a world of its own, and counts; the first fault, as small as it gets, ends it. */
export async function check<T> ({ seed, runs }: FuzzOptions, begin: (batch: number) => Promise<Batch<T>>): Promise<Count> {
  const count: Count = { accepted: 0, refused: 0, faults: [] }
  for (let batch = 0; batch * BATCH < runs && count.faults.length === 0; batch++) {
    const { arbitrary, play, end } = await begin(batch)
    const numRuns = Math.min(BATCH, runs - batch * BATCH)
    const { failed, errorInstance, counterexample } = await fc.check(fc.asyncProperty(arbitrary, made => play(made, count)), { seed: seed + batch, numRuns })
    if (failed) count.faults.push(`${String(errorInstance).slice(0, SHOWN)}, by ${JSON.stringify(counterexample?.[0]).slice(0, SHOWN)}`)
    end?.()
  }
  return count
}
