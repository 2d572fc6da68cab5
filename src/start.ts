import { once } from 'node:events'
import { createServer } from 'node:net'
import process from 'node:process'
import { buildApp, type Overrides } from './app.ts'
import { ensureAdmin } from './identity/bootstrap.ts'
import { ConfigError, loadConfig, Settings, warningsOf, type Config } from './config.ts'
import { logDestination } from './process/log-destination.ts'
import { misspelt } from './process/misspelt.ts'
import { printLine } from './process/print-line.ts'
import { endInterruptedStart, onShutdown, isShuttingDown, watchSignals } from './process/shutdown.ts'
import type { Store } from './store/store.ts'
import { scripts } from './web/client.ts'

/** How much longer than the drain a shutdown may take before it is forced, to close the store. */
const CLOSE_MARGIN_MS = 3_000
/** When the client for browsers is bundled: after a restart, everybody connects again first. */
const BUNDLE_AFTER_MS = 10_000
/** How long the last lines of the log may wait for a reader. */
const LOG_FLUSH_MS = 500

export interface StartOptions {
  env?: Record<string, string | undefined>
  /** Fills the store before the server listens; the platform admin is created only if this created no user. */
  prepare?: (store: Store) => Promise<void>
  /** Users whose passwords the pages show. */
  demoUsers?: Overrides['demoUsers']
}

/** Runs a server in this process until a signal ends it; returns its address. A failed start prints one line that says why, and exits. */
export async function start ({ env = process.env, prepare = async () => {}, demoUsers }: StartOptions = {}): Promise<string> {
  if (process.argv.some(argument => ['--help', '-h'].includes(argument))) {
    process.stdout.write(help())
    process.exit(0)
  }
  watchSignals()
  process.on('exit', () => logDestination().flush(LOG_FLUSH_MS))
  // A closed standard error must not end the process.
  process.stderr.on('error', () => {})
  for (const { name, meant } of misspelt(env, Object.keys(Settings.properties))) printLine(`warning: ${name} is not a setting and is ignored; did you mean ${meant}?`)
  try {
    const config = loadConfig(env)
    for (const line of warningsOf(env, config)) printLine(`warning: ${line}`)
    return await serve(config, prepare, demoUsers)
  } catch (error) {
    // If the server exists, it is already shutting down, and the process ends with it.
    if (isShuttingDown()) return await endInterruptedStart()
    const message = error instanceof Error ? error.message : String(error)
    printLine(message.replaceAll(/\s*\n\s*/g, ' '))
    process.exit(1)
  }
}

async function serve (config: Config, prepare: (store: Store) => Promise<void>, demoUsers: Overrides['demoUsers']): Promise<string> {
  await assertFree(config)
  const app = await buildApp(config, { demoUsers })
  const listening = prepareAndListen()
  // After a signal the current step finishes: a generated password must still be printed.
  const close = () => listening.then(() => app.close(), () => app.close())
  onShutdown({ close, withinMs: config.DRAIN_SECONDS * 1000 + CLOSE_MARGIN_MS, log: app.log })
  return await listening

  async function prepareAndListen (): Promise<string> {
    if (!isShuttingDown()) await prepare(app.store)
    if (!isShuttingDown()) await ensureAdmin(app.store, config, printLine)
    if (isShuttingDown()) throw new Error('stopped by a signal')
    const address = await app.listen({ host: config.HOST, port: config.PORT }).catch(error => { throw toBindError(error, config) })
    // Before the first page asks, which need not wait then. Without it everything else works.
    setTimeout(() => {
      scripts.belfry().catch(error => app.log.error({ err: error }, 'the client for browsers cannot be bundled'))
    }, BUNDLE_AFTER_MS).unref()
    return address
  }
}

/** Tries to listen before anything is created: a first start that fails on this should leave no files behind. */
async function assertFree (config: Config): Promise<void> {
  const probe = createServer().listen({ host: config.HOST, port: config.PORT })
  try {
    await once(probe, 'listening')
  } catch (error) {
    throw toBindError(error, config)
  }
  probe.close()
  await once(probe, 'close')
}

function toBindError (error: unknown, { HOST, PORT }: Config): Error {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return new ConfigError(`port ${PORT} on ${HOST} is in use by another process; PORT must be a free one, or 0`)
  if (code === 'EACCES') return new ConfigError(`this process may not listen on port ${PORT}; PORT must be one it may, such as 8000`)
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'].includes(code)) {
    return new ConfigError(`HOST must be an address of this machine, or a name of one (${HOST}: ${code})`)
  }
  return new Error(message, { cause: error })
}

function help (): string {
  const settings = Object.entries(Settings.properties).map(([name, { default: fallback, description }]) => {
    const without = fallback === undefined || fallback === '' ? '' : ` (${String(fallback)})`
    return `  ${name.padEnd(26)}${description}${without}`
  })
  return `Belfry, a notification server. It takes no arguments; its settings are environment variables:

${settings.join('\n')}

Commands for operators: npm run cli -- --help
`
}
