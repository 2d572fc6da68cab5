import fp from 'fastify-plugin'

export interface RetentionOptions { days: number }

const DAY_MS = 86_400_000
const EVERY_MS = 60_000
/** So few that a commit with a batch of them stays as short as one of sends. */
const BATCH = 100

/** Removes what is older than it is kept, a little at a time. */
export default fp<RetentionOptions>(async (app, { days }) => {
  const closing = new AbortController()
  let running: Promise<void> | undefined

  async function sweep (): Promise<void> {
    while (!closing.signal.aborted) {
      const removed = await app.store.retain(Date.now() - days * DAY_MS, BATCH)
      if (removed < BATCH) return
    }
  }

  function start (): void {
    running ??= sweep()
      .catch((error: unknown) => app.log.error({ err: error }, 'retention failed'))
      .finally(() => { running = undefined })
  }

  const timer = setInterval(start, EVERY_MS).unref()
  app.addHook('onReady', async () => start())
  app.addHook('onClose', async () => {
    closing.abort()
    clearInterval(timer)
    await running
  })
}, { name: 'retention', fastify: '5.x', dependencies: ['store'] })
