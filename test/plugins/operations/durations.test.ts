import { Histogram, Registry } from 'prom-client'
import t from 'tap'
import { Durations, SECONDS } from '../../../plugins/operations/durations.ts'

t.test('what is exposed is what a histogram of prom-client exposes', async t => {
  const [own, theirs] = [new Registry(), new Registry()]
  const options = { name: 'seconds', help: 'Of a "test"\\', labelNames: ['route', 'status'] as const }
  const durations = new Durations(own, options)
  const histogram = new Histogram({ ...options, labelNames: [...options.labelNames], buckets: SECONDS, registers: [theirs] })
  t.equal(await own.metrics(), await theirs.metrics(), 'also before anything is observed')
  const observations = [[0, '/a', 200], [0.0005, '/a', 200], [0.00050001, '/a', 200], [2.5, '/a', 200], [2.6, '/a', 200], [60, '/a', 500], [0.003, '/"b"\\', 'none']] as const
  for (const [seconds, route, status] of observations) {
    durations.observe(seconds, route, status)
    histogram.observe({ route, status }, seconds)
  }
  t.equal(await own.metrics(), await theirs.metrics())
})
