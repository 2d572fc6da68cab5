import { test } from 'tap'
import { exerciseBadges } from '../badges.ts'
import { serve } from '../helper.ts'
import { random } from '../random.ts'

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`a badge kept from frames alone is exact at every cursor, with several devices and lines that are cut: seed ${seed}`, async t => {
    const { app, base } = await serve(t)
    await exerciseBadges(t, [{ app, base }], random(seed))
  })
}
