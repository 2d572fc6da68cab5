import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { buildApp } from '../../../src/app.ts'
import { loadConfig } from '../../../src/config.ts'
import { announce } from './listen.ts'

/** Belfry as it ships, on a file: durable, authenticated, validated. Only limits are out of the way. */
const folder = mkdtempSync(join(tmpdir(), 'belfry-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const app = await buildApp(loadConfig({
  DATABASE_URL: `sqlite:${join(folder, 'belfry.db')}`,
  RATE_LIMIT: '0',
  LOGIN_RATE_LIMIT: '0',
  MAX_CONNECTIONS_PER_USER: '100000',
  LOG_LEVEL: 'warn',
  ...process.env
}))
await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
announce((app.server.address() as { port: number }).port)

/** The time between two samples is at least this: a turn as long as the longest of them is not missed. Only where it is asked for: it takes some CPU. */
const loop = monitorEventLoopDelay({ resolution: 5 })
process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify({ turnMs: loop.max / 1e6 })}\n`)
  loop.enable()
  loop.reset()
})
process.on('SIGTERM', () => process.exit())
