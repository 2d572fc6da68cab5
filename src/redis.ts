import { createRequire } from 'node:module'
import type * as ioredis from 'ioredis'
import type { Redis, RedisOptions } from 'ioredis'

const require = createRequire(import.meta.url)

/** The prefix of every key and channel of Belfry's, because other programs may use the same Redis. */
export const PREFIX = 'belfry:'

const LONGEST_BACKOFF_MS = 2_000

/** Milliseconds to wait before the nth attempt; randomised, so that many nodes do not reconnect at the same moment. */
export function backoff (attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_BACKOFF_MS) * (0.5 + Math.random() / 2)
}

/** Opens a connection that reconnects by itself; commands fail at once while it is down. TLS and password come from the URL. */
export function connect (url: string, options: RedisOptions = {}): Redis {
  // Loading it is a tenth of a start, and most servers have no Redis.
  const { Redis } = require('ioredis') as typeof ioredis
  return new Redis(url, {
    connectionName: 'belfry',
    connectTimeout: 2_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: backoff,
    ...options
  })
}

/** Reports a connection that the server closed without an answer, as a server of another protocol does. */
export function reportSilentCloses (connection: Redis, onError: (error: Error) => void): void {
  let hasOutcome = true
  connection.on('connecting', () => { hasOutcome = false })
  for (const event of ['ready', 'error']) connection.on(event, () => { hasOutcome = true })
  connection.on('close', () => {
    if (!hasOutcome) onError(new Error('it closed the connection without an answer; does it want TLS (rediss://), or is it no Redis?'))
  })
}
