import process from 'node:process'
import type { FastifyRequest } from 'fastify'
import type { PinoLoggerOptions } from 'fastify/types/logger.js'
import { logDestination, type LogDestination } from './log-destination.ts'

const secrets = ['password', 'token', 'access_token', 'refresh_token', 'ticket', 'authorization']

/** JSON lines; readable ones on a terminal. Queries, headers, bodies and tokens are never in them. */
export function loggerOptions (level: string): PinoLoggerOptions & { stream?: LogDestination } {
  return {
    level,
    redact: {
      // By name: a pattern for any key would be tried on every line's every field.
      paths: ['', 'err.', 'req.', 'req.headers.'].flatMap(place => secrets.map(name => place + name)).concat('req.headers["sec-websocket-protocol"]'),
      censor: '[redacted]'
    },
    serializers: {
      req: (request: FastifyRequest) => ({
        method: request.method,
        // A query can hold a ticket; the path is enough to find the route.
        path: request.url.split('?', 1)[0],
        remote_address: request.ip
      })
    },
    ...(process.stdout.isTTY ? { transport: { target: 'pino-pretty' } } : { stream: logDestination() })
  }
}
