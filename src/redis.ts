import { Redis, type RedisOptions } from 'ioredis'

/** Before every key and channel of Belfry's, in a Redis that other programs may use too. */
export const PREFIX = 'belfry:'

const LONGEST_BACKOFF_MS = 2_000

/** Milliseconds to wait before the nth attempt; randomised, so that many nodes do not reconnect at the same moment. */
export function backoff (attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_BACKOFF_MS) * (0.5 + Math.random() / 2)
}

/** A connection that reconnects by itself; its commands fail at once while it is down. TLS and password come from the URL. */
export function connect (url: string, options: RedisOptions = {}): Redis {
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

/** Reports connections that the server closed without a word, as one does that speaks another protocol. */
export function reportSilentCloses (connection: Redis, onError: (error: Error) => void): void {
  let hasSpoken = true
  connection.on('connecting', () => { hasSpoken = false })
  for (const event of ['ready', 'error']) connection.on(event, () => { hasSpoken = true })
  connection.on('close', () => {
    if (!hasSpoken) onError(new Error('it closed the connection without an answer; does it want TLS (rediss://), or is it no Redis?'))
  })
}
