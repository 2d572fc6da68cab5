import fp from 'fastify-plugin'
import { isOutage } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Removes log events older than the retention time, and rows without a use, in small batches; resolves when none are left. */
    sweep: () => Promise<void>
  }
}

/** `acknowledgeDays`: how long acknowledgements outlive the log. */
export interface RetentionOptions { days: number, acknowledgeDays?: number }

const DAY_MS = 86_400_000
const INTERVAL_MS = 60_000
/** Log events removed per commit: few enough that the commit takes no longer than one of sends. */
const BATCH = 100
/** Rows of each table removed per commit by `tidy`. Each is a single row, cheaper than an event. */
const TIDY_BATCH = 500

export default fp<RetentionOptions>(async (app, { days, acknowledgeDays = 0 }) => {
  const closing = new AbortController()
  let running: Promise<void> | undefined

  async function removeAll (): Promise<void> {
    let removed = 0
    for (let batch = -1; batch !== 0 && !closing.signal.aborted; removed += batch) batch = await app.store.retain(Date.now() - days * DAY_MS, BATCH)
    if (removed > 0) await report(removed)
    while (!closing.signal.aborted && await app.store.tidy(TIDY_BATCH, Date.now() - (days + acknowledgeDays) * DAY_MS) > 0);
  }

  /** A clock that is far ahead makes everything look old, so that the end of a whole log is worth a warning. */
  async function report (removed: number): Promise<void> {
    const isAll = await app.store.floor() === await app.store.head()
    const details = { removed, older_than_days: days }
    if (isAll) app.log.warn({ ...details, now: new Date().toISOString() }, 'retention has removed every event: if the clock is ahead, it removed what was not old')
    else app.log.info(details, 'retention has removed old events')
  }

  app.decorate('sweep', () => {
    running ??= removeAll().finally(() => { running = undefined })
    return running
  })

  function sweepInBackground (): void {
    app.sweep().catch((error: unknown) => { if (!isOutage(error)) app.log.error({ err: error }, 'retention failed') })
  }

  const timer = setInterval(sweepInBackground, INTERVAL_MS).unref()
  app.addHook('onReady', async () => sweepInBackground())
  app.addHook('onClose', async () => {
    closing.abort()
    clearInterval(timer)
    await running?.catch(() => {})
  })
}, { name: 'retention', fastify: '5.x', dependencies: ['store'] })
