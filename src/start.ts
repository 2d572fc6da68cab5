import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { ensureAdmin } from './bootstrap.ts'
import { loadConfig, type Config } from './config.ts'
import type { Store } from './store/store.ts'

/** How much longer than the drain a shutdown may take before it is forced: closing the store. */
const CLOSE_MARGIN_MS = 3_000

/** Runs a server in this process, until a signal ends it. */
export async function start (prepare: (store: Store) => Promise<void> = async () => {}): Promise<void> {
  try {
    await serve(loadConfig(process.env), prepare)
  } catch (error) {
    process.stderr.write(`belfry: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}

async function serve (config: Config, prepare: (store: Store) => Promise<void>): Promise<void> {
  const app = await buildApp(config)
  closeWithGrace({ delay: config.DRAIN_SECONDS * 1000 + CLOSE_MARGIN_MS, logger: app.log }, async ({ err }) => {
    if (err) {
      // What state we are in is not known: nothing more is acknowledged, and what is committed is safe.
      app.log.fatal({ err }, 'unforeseen fault')
      process.exit(1)
    }
    await app.close()
  })
  const password = await ensureAdmin(app.store, config)
  if (password !== undefined) {
    process.stderr.write(`belfry: created the platform admin "${config.ADMIN_USERNAME}" with password ${password} (shown only this once)\n`)
  }
  await prepare(app.store)
  await app.listen({ host: config.HOST, port: config.PORT })
}
