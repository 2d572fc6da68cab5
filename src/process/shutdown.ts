import process from 'node:process'
import type { FastifyBaseLogger } from 'fastify'

/** A terminal's Ctrl-C can come twice: from the terminal, and passed on by npm. Within this time it is one. */
const SAME_SIGNAL_MS = 250
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
/** The longest a start that was told to end may go on with the step it is at. */
const START_MS = 10_000

export interface Ending {
  /** Finishes what runs and gives up what is held. */
  close: () => Promise<void>
  /** The longest that may take. */
  withinMs: number
  log: FastifyBaseLogger
}

/** Before the server exists there is nothing to close, and no log but standard error. */
const early = {
  info: (message: string) => process.stderr.write(`belfry: ${message}\n`),
  fatal: (_fields: object, message: string) => process.stderr.write(`belfry: ${message}\n`)
}

let isWatching = false
let begun: { at: number, signal: NodeJS.Signals } | undefined
let ending: Ending | undefined

/**
 * From here on a signal ends this process in good order, and a second one at once. Called before
 * anything else: a process with the id 1 (in a container) ignores signals that nobody handles.
 */
export function watchSignals (): void {
  if (isWatching) return
  isWatching = true
  for (const signal of SIGNALS) process.on(signal, onSignal)
}

/** Whether a signal has come: then a start goes no further. */
export function isEnding (): boolean {
  return begun !== undefined
}

/** For a start that a signal has stopped: ends the process, unless there is something to close, which then does. */
export async function endStart (): Promise<never> {
  if (!ending) process.exit(0)
  return await new Promise<never>(() => {})
}

/** Says what there is to close, now that there is something, and ends on a fault that nobody foresaw. */
export function endWith (given: Ending): void {
  ending = given
  // What state we are in is not known: nothing more is acknowledged, and what is committed is safe.
  process.on('uncaughtException', error => fail('unforeseen fault', error))
  if (begun) close(given, begun.signal)
}

function onSignal (signal: NodeJS.Signals): void {
  if (begun) {
    if (performance.now() - begun.at >= SAME_SIGNAL_MS) fail(`${signal} again: ending at once`)
    return
  }
  begun = { at: performance.now(), signal }
  if (ending) return close(ending, signal)
  early.info(`${signal} during the start: ending`)
  setTimeout(() => { if (!ending) fail('the start did not come to an end') }, START_MS).unref()
}

function close ({ close, withinMs, log }: Ending, signal: NodeJS.Signals): void {
  log.info(`${signal}: shutting down`)
  setTimeout(() => fail(`the shutdown took longer than ${withinMs} ms`), withinMs).unref()
  close().then(() => process.exit(0), error => fail('the shutdown failed', error))
}

function fail (message: string, error?: unknown): never {
  (ending?.log ?? early).fatal({ err: error }, message)
  process.exit(1)
}
