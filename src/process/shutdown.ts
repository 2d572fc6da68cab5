import process from 'node:process'
import type { FastifyBaseLogger } from 'fastify'

/** Ctrl-C can arrive twice: from the terminal, and passed on by npm. Signals within this time count as one. */
const SAME_SIGNAL_MS = 250
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** How long the current step of a start may take after a signal. */
const START_MS = 10_000

export interface Shutdown {
  /** Finishes running work and releases all resources. */
  close: () => Promise<void>
  /** How long `close` may take, milliseconds. */
  withinMs: number
  log: FastifyBaseLogger
}

/** Before the server exists, messages go to standard error. */
const startLog = {
  info: (message: string) => process.stderr.write(`belfry: ${message}\n`),
  fatal: (_fields: object, message: string) => process.stderr.write(`belfry: ${message}\n`)
}

let isWatching = false
let received: { at: number, signal: NodeJS.Signals } | undefined
let shutdown: Shutdown | undefined

/**
 * From now on a signal shuts this process down gracefully, and a second one ends it at once. Called before
 * anything else, because a process with the id 1 (in a container) ignores signals without a handler.
 */
export function watchSignals (): void {
  if (isWatching) return
  isWatching = true
  for (const signal of SIGNALS) process.on(signal, onSignal)
}

/** Whether a signal has arrived: a start then begins no further step. */
export function isShuttingDown (): boolean {
  return received !== undefined
}

/** For a start that a signal has stopped: exits, unless a server exists, whose shutdown then ends the process. */
export async function endInterruptedStart (): Promise<never> {
  if (!shutdown) process.exit(0)
  return await new Promise<never>(() => {})
}

/** Registers what a signal has to close, and shuts down on an uncaught exception. */
export function onShutdown (steps: Shutdown): void {
  shutdown = steps
  // The state of the process is unknown: it acknowledges nothing more, and what is committed is safe.
  process.on('uncaughtException', error => fail('uncaught exception', error))
  if (received) close(steps, received.signal)
}

function onSignal (signal: NodeJS.Signals): void {
  if (received) {
    if (performance.now() - received.at >= SAME_SIGNAL_MS) fail(`${signal} again: exiting at once`)
    return
  }
  received = { at: performance.now(), signal }
  if (shutdown) return close(shutdown, signal)
  startLog.info(`${signal} during the start: exiting`)
  setTimeout(() => { if (!shutdown) fail('the start did not finish in time') }, START_MS).unref()
}

function close ({ close, withinMs, log }: Shutdown, signal: NodeJS.Signals): void {
  log.info(`${signal}: shutting down`)
  setTimeout(() => fail(`the shutdown took longer than ${withinMs} ms`), withinMs).unref()
  close().then(() => process.exit(0), error => fail('the shutdown failed', error))
}

function fail (message: string, error?: unknown): never {
  (shutdown?.log ?? startLog).fatal({ err: error }, message)
  process.exit(1)
}
