import process from 'node:process'
import type { FastifyBaseLogger } from 'fastify'

/** A terminal's Ctrl-C can come twice: from the terminal, and passed on by npm. Within this time it is one. */
const SAME_SIGNAL_MS = 250
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export interface Ending {
  /** Finishes what runs and gives up what is held. */
  close: () => Promise<void>
  /** The longest that may take. */
  withinMs: number
  log: FastifyBaseLogger
}

/** Ends this process on a signal, in good order on the first and at once on a second, and on a fault that nobody foresaw. */
export function endOnSignal ({ close, withinMs, log }: Ending): void {
  let begun: number | undefined

  const fail = (message: string, error?: unknown) => {
    log.fatal({ err: error }, message)
    process.exit(1)
  }

  const onSignal = (signal: NodeJS.Signals) => {
    if (begun !== undefined) {
      if (performance.now() - begun >= SAME_SIGNAL_MS) fail(`${signal} again: ending at once`)
      return
    }
    begun = performance.now()
    log.info(`${signal}: shutting down`)
    setTimeout(() => fail(`the shutdown took longer than ${withinMs} ms`), withinMs).unref()
    close().then(() => process.exit(0), error => fail('the shutdown failed', error))
  }

  for (const signal of SIGNALS) process.on(signal, onSignal)
  // What state we are in is not known: nothing more is acknowledged, and what is committed is safe.
  process.on('uncaughtException', error => fail('unforeseen fault', error))
}
