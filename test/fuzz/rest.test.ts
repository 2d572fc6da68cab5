import process from 'node:process'
import { test } from 'tap'
import { build } from '../helper.ts'
import { fuzzRest } from './rest.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const RUNS = 60
/** An upgrade is needed, so that what is injected is always refused. */
const NEVER_ACCEPTED = ['openSocket']
const NEVER_REFUSED = ['isAlive', 'isReady']

test(`every operation answers as the document says, seed ${seed}`, async t => {
  const counts = await fuzzRest(await build(t), { seed, runs: RUNS })
  for (const [operation, { accepted, refused, faults }] of Object.entries(counts)) {
    t.strictSame(faults, [], `${operation}: ${accepted} accepted, ${refused} refused`)
    t.equal(accepted > 0, !NEVER_ACCEPTED.includes(operation), `${operation}: whole requests were among them`)
    t.equal(refused > 0, !NEVER_REFUSED.includes(operation), `${operation}: broken requests were among them`)
  }
})
