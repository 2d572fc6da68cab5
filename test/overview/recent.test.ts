import { test } from 'tap'
import { RecentDurations, RecentPeak } from '../../src/overview/recent.ts'

test('the 99th percentile is at most a fifth too high, and never too low', async t => {
  for (const [slow, expected] of [[0, 1], [5, 1], [15, 80]] as const) {
    const recent = new RecentDurations(() => 0)
    t.equal(recent.p99(), null, 'nothing was observed')
    for (let index = 0; index < 1000; index++) recent.observe(index < slow ? 80 : 1)
    const p99 = recent.p99()!
    t.ok(p99 >= expected && p99 <= expected * 1.2, `${slow} of 1,000 are slow: ${p99}`)
  }
  const one = new RecentDurations(() => 0)
  one.observe(0)
  t.ok(one.p99()! > 0 && one.p99()! <= 0.01)
  one.observe(1e9)
  t.ok(one.p99()! > 100_000, 'what is beyond every bucket is in the last one')
})

test('durations are forgotten after 30 to 60 seconds', async t => {
  let now = 0
  const recent = new RecentDurations(() => now)
  recent.observe(500)
  now = 29_999
  t.ok(recent.p99()! >= 500)
  now = 30_000
  recent.observe(1)
  t.ok(recent.p99()! >= 500, 'one window is still remembered')
  now = 60_000
  t.ok(recent.p99()! < 2)
  now = 200_000
  t.equal(recent.p99(), null, 'after a long silence nothing is recent')
})

test('a peak is that of this second and the one before', async t => {
  let now = 10_000
  const peak = new RecentPeak(() => now)
  t.equal(peak.value, 0)
  peak.observe(7)
  peak.observe(3)
  t.equal(peak.value, 7)
  now = 11_500
  peak.observe(2)
  t.equal(peak.value, 7)
  now = 12_000
  t.equal(peak.value, 2)
  now = 15_000
  t.equal(peak.value, 0)
})
