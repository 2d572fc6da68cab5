import process from 'node:process'
import type { FastifyRequest } from 'fastify'
import { transport, type DestinationStream, type LoggerOptions } from 'pino'
import { logDestination } from './log-destination.ts'

const secrets = ['password', 'token', 'access_token', 'refresh_token', 'ticket', 'authorization', 'cookie']

/** Options for Fastify's pino logger: JSON lines, or readable lines on a terminal. They never contain queries, headers, bodies or tokens. */
export function loggerOptions (level: string): LoggerOptions & { stream: DestinationStream } {
  return {
    level,
    redact: {
      // Listed by name: pino would try a wildcard on every field of every line.
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
    stream: process.stdout.isTTY ? transport({ target: 'pino-pretty' }) as DestinationStream : logDestination()
  }
}
