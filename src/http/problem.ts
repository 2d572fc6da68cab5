import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { BelfryError } from '../errors.ts'
import type { Problem } from '../../schemas/problem.ts'
import { newId } from '../identity/ids.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** The body of an error answer. RFC 9457. */
export function toProblemBody ({ statusCode, message, code, errors, gap }: Pick<BelfryError, 'statusCode' | 'message' | 'code' | 'errors' | 'gap'>, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[statusCode] ?? 'Error',
    status: statusCode,
    detail: message,
    code,
    request_id: requestId,
    ...(errors ? { errors } : {}),
    ...gap
  }
}

/** Answers a request that does not reach Fastify, and closes its connection. */
export function respondWithProblem (response: ServerResponse, error: BelfryError): void {
  const body = JSON.stringify(toProblemBody(error, newId()))
  response.writeHead(error.statusCode, { 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' })
  response.end(body)
}

/** Answers on a socket that has no request (an upgrade, or bytes that are not HTTP), and closes it. */
export function endWithProblem (socket: Duplex, error: BelfryError, headers: string[] = []): void {
  const body = JSON.stringify(toProblemBody(error, newId()))
  socket.once('finish', () => socket.destroy())
  socket.end([
    `HTTP/1.1 ${error.statusCode} ${STATUS_CODES[error.statusCode]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...headers,
    '',
    body
  ].join('\r\n'))
}
