import fp from 'fastify-plugin'
import { isOutage } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Removes what is older than it is kept, a little at a time; resolves when nothing is left to remove. */
    sweep: () => Promise<void>
  }
}

export interface RetentionOptions { days: number }

const DAY_MS = 86_400_000
const EVERY_MS = 60_000
/** So few that a commit with a batch of them stays as short as one of sends. */
const BATCH = 100
/** Rows of one table, which are smaller. */
const TIDY_BATCH = 500

export default fp<RetentionOptions>(async (app, { days }) => {
  const closing = new AbortController()
  let running: Promise<void> | undefined

  async function removeAll (): Promise<void> {
    while (!closing.signal.aborted && await app.store.retain(Date.now() - days * DAY_MS, BATCH) > 0);
    while (!closing.signal.aborted && await app.store.tidy(TIDY_BATCH) > 0);
  }

  app.decorate('sweep', () => {
    running ??= removeAll().finally(() => { running = undefined })
    return running
  })

  function sweepSometime (): void {
    app.sweep().catch((error: unknown) => { if (!isOutage(error)) app.log.error({ err: error }, 'retention failed') })
  }

  const timer = setInterval(sweepSometime, EVERY_MS).unref()
  app.addHook('onReady', async () => sweepSometime())
  app.addHook('onClose', async () => {
    closing.abort()
    clearInterval(timer)
    await running?.catch(() => {})
  })
}, { name: 'retention', fastify: '5.x', dependencies: ['store'] })
