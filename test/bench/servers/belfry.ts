import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

/**
 * Two samples are this far apart, milliseconds, or as far as a turn of the event loop is long. Besides the time between them there is the CPU that
 * the thread used meanwhile: on a busy machine another process may be what took the time. Only where it is asked for: sampling takes CPU itself.
 */
const SAMPLING_MS = 1
const loop = monitorEventLoopDelay({ resolution: SAMPLING_MS })
let used = 0
let longest = 0
const sample = () => {
  const { user, system } = process.threadCpuUsage()
  longest = Math.max(longest, user + system - used)
  used = user + system
}
let timer: NodeJS.Timeout | undefined
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
process.on('SIGUSR2', () => {
  process.stdout.write(`${JSON.stringify({ turnMs: loop.max / 1e6, cpuMs: longest / 1e3 })}\n`)
  // What the set-up left is not what is measured.
  if (!timer) collectGarbage()
  loop.enable()
  loop.reset()
  timer ??= setInterval(sample, SAMPLING_MS)
  sample()
  longest = 0
})
process.on('SIGTERM', () => process.exit())
