import fp from 'fastify-plugin'
import { Counter, Gauge } from 'prom-client'
import { isBelfryError } from '../src/errors.ts'
import { OutageLog } from '../src/process/outage-log.ts'
import { observed } from '../src/store/observed.ts'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/store.ts'
import { Durations } from './operations/durations.ts'

declare module 'fastify' {
  interface FastifyInstance { store: Store }
}

export interface StoreOptions { url: string }

/** A store that does not answer a ping within this time counts as down, milliseconds. */
const UP_MS = 1_000
/** How often a store that failed is pinged, milliseconds. */
const PING_MS = 1_000

export default fp<StoreOptions>(async (app, { url }) => {
  const registers = [app.metrics.registry]
  const labelNames = ['operation']
  const durations = new Durations(app.metrics.registry, { name: 'belfry_store_operation_seconds', help: 'Duration of a store operation, waiting included', labelNames })
  const faults = new Counter({ name: 'belfry_store_errors_total', help: 'Store operations that failed; refused requests (4xx) are not counted', labelNames, registers })

  const opened = await openStore(url)
  for (const [operation, member] of Object.entries(opened)) if (typeof member === 'function') faults.inc({ operation }, 0)
  const store = observed(opened, (operation, ms, error) => {
    durations.observe(ms / 1000, operation)
    // A refusal (4xx) is not a fault of the store.
    if (error === undefined || (isBelfryError(error) && error.statusCode < 500)) return
    faults.inc({ operation })
    report(error)
  })
  app.decorate('store', store)

  const away = new OutageLog(
    reason => app.log.warn({ reason }, 'the store cannot be used: requests that need it are answered with 503'),
    () => app.log.info('the store can be used again')
  )
  const full = new OutageLog(
    reason => app.log.warn({ reason }, 'the store has no room left: nothing is stored, and writes are answered with 507'),
    () => app.log.info('the store has room again')
  )
  const timer = setInterval(() => {
    if (full.isOpen && !store.isFull()) full.reportRecovery()
    // Pinged, because the success of a single operation does not prove that the store is back: others may still fail.
    if (away.isOpen) store.ping().then(() => away.reportRecovery(), () => {})
  }, PING_MS).unref()

  /** Logs faults of the store for all its callers (requests, sockets, the tail, retention), which do not log them themselves. */
  function report (error: unknown): void {
    // Without a cause, the store is only overloaded.
    if (!isBelfryError(error) || error.cause === undefined) return
    if (error.code === 'BLF_STORE_FULL') full.reportFailure(error)
    if (error.code === 'BLF_STORE_UNAVAILABLE') away.reportFailure(error)
  }

  const up: Gauge = new Gauge({ name: 'belfry_store_up', help: 'Whether the store answers: 1 or 0', registers, collect: async () => up.set(await isUp() ? 1 : 0) })
  async function isUp (): Promise<boolean> {
    const { promise: timeout, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), UP_MS).unref()
    const answer = await Promise.race([timeout, app.store.ping().then(() => true, () => false)])
    clearTimeout(timer)
    return answer
  }

  app.addHook('onClose', async () => {
    clearInterval(timer)
    await store.close()
  })
}, { name: 'store', fastify: '5.x', dependencies: ['metrics'] })
