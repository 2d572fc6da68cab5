import fp from 'fastify-plugin'
import { isOutage } from '../../src/errors.ts'

const INTERVAL_MS = 60_000
/** What synchronised clocks differ by at the most, milliseconds. */
const MAX_OFFSET_MS = 5_000

export interface ClockOptions {
  /** How often the clocks are compared, milliseconds. */
  intervalMs?: number | undefined
}

/** Says so if this node's clock is not that of the database: what it stamps, signs and lets expire is wrong then. */
export default fp<ClockOptions>(async (app, { intervalMs = INTERVAL_MS }) => {
  const { store, log } = app
  /** By how much this node's clock is ahead, milliseconds; 0 if both may show the same. */
  let offset = 0
  app.metrics.watch('belfry_clock_offset_seconds', 'By how much the clock of this node is ahead of that of PostgreSQL', () => offset / 1000)
  // There it is the same clock.
  if (store.engine === 'sqlite') return

  async function compare (): Promise<void> {
    const asked = Date.now()
    const time = await store.storeTime()
    const answered = Date.now()
    const wasWrong = Math.abs(offset) > MAX_OFFSET_MS
    offset = time < asked ? asked - time : Math.min(0, answered - time)
    if (Math.abs(offset) > MAX_OFFSET_MS) log.warn({ offset_seconds: Math.round(offset / 1000) }, `the clock of this node is ${offset > 0 ? 'ahead of' : 'behind'} that of PostgreSQL: synchronise both`)
    else if (wasWrong) log.info('the clock of this node shows the time of PostgreSQL again')
  }

  function compareInBackground (): void {
    compare().catch((error: unknown) => { if (!isOutage(error)) log.error({ err: error }, 'the clocks could not be compared') })
  }

  const timer = setInterval(compareInBackground, intervalMs).unref()
  app.addHook('onReady', async () => compareInBackground())
  app.addHook('onClose', async () => clearInterval(timer))
}, { name: 'clock', fastify: '5.x', dependencies: ['store', 'metrics'] })
