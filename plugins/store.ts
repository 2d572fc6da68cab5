import fp from 'fastify-plugin'
import { Counter, Gauge, Histogram } from 'prom-client'
import { isBelfryError } from '../src/errors.ts'
import { observed } from '../src/store/observed.ts'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/store.ts'
import { SECONDS } from './operations/metrics.ts'

declare module 'fastify' {
  interface FastifyInstance { store: Store }
}

export interface StoreOptions { url: string }

/** One that does not answer a scrape within this time is away, milliseconds. */
const UP_MS = 1_000

export default fp<StoreOptions>(async (app, { url }) => {
  const registers = [app.metrics.registry]
  const labelNames = ['operation']
  const durations = new Histogram({ name: 'belfry_store_operation_seconds', help: 'From an operation of the store to its answer, waiting included', labelNames, buckets: SECONDS, registers })
  const faults = new Counter({ name: 'belfry_store_errors_total', help: 'Operations that the store could not do; refusals are none', labelNames, registers })

  const store = observed(await openStore(url), (operation, ms, error) => {
    durations.observe({ operation }, ms / 1000)
    // What was asked for wrongly is an answer like any other.
    if (error !== undefined && !(isBelfryError(error) && error.statusCode < 500)) faults.inc({ operation })
  })
  app.decorate('store', store)

  const up: Gauge = new Gauge({ name: 'belfry_store_up', help: 'Whether the store answers: 1 or 0', registers, collect: async () => up.set(await isUp() ? 1 : 0) })
  async function isUp (): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), UP_MS).unref()
    const answer = await Promise.race([late, app.store.ping().then(() => true, () => false)])
    clearTimeout(timer)
    return answer
  }

  app.addHook('onClose', () => store.close())
}, { name: 'store', fastify: '5.x', dependencies: ['metrics'] })
