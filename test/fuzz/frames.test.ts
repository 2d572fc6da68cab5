import process from 'node:process'
import { test } from 'tap'
import { build, listen } from '../helper.ts'
import { fuzzFrames } from './frames.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const RUNS = 60

test(`every frame is answered once, as the document says, seed ${seed}`, async t => {
  const app = await build(t)
  const counts = await fuzzFrames(app, await listen(app), { seed, runs: RUNS })
  for (const [verb, { accepted, refused, faults }] of Object.entries(counts)) {
    t.strictSame(faults, [], `${verb}: ${accepted} accepted, ${refused} refused`)
    t.ok(accepted > 0 && refused > 0, `${verb}: whole and broken frames were among them`)
  }
})
