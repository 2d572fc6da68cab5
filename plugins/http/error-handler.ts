import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isBelfryError, isOutage, problem, retryAfterOf, type BelfryError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { quotaHeaders } from '../../src/protocol/quota.ts'
import { fieldErrors, type SchemaError } from '../../src/http/field-errors.ts'
import { refusalOf } from '../../src/identity/refusal.ts'
import { isStream } from '../../src/http/connections.ts'
import { PROBLEM_TYPE, endWithProblem, toProblemBody } from '../../src/http/problem.ts'

/** Maps the codes of Fastify's own errors. */
const fastifyCodes: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'BLF_BAD_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BLF_BAD_JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BLF_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'BLF_UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BLF_BAD_REQUEST',
  FST_ERR_BAD_URL: 'BLF_BAD_REQUEST',
  FST_ERR_REQUEST_TIMEOUT: 'BLF_TIMEOUT'
}

/** Maps any error to a catalogued one. An unexpected error becomes BLF_INTERNAL, without its details. */
export function toProblem (error: FastifyError): BelfryError {
  if (isBelfryError(error)) return error
  if (error.validation) return problem('BLF_VALIDATION', undefined, fieldErrors(error.validation as SchemaError[], error.validationContext))
  const code = fastifyCodes[error.code]
  if (code) return problem(code)
  // Errors of secure-json-parse and JSON.parse have no Fastify code.
  if (error.statusCode === 400 && error instanceof SyntaxError) return problem('BLF_BAD_JSON')
  if (error.statusCode === 400) return problem('BLF_BAD_REQUEST')
  if (error.statusCode === 413) return problem('BLF_TOO_LARGE')
  if (error.statusCode === 429) return problem('BLF_RATE_LIMITED')
  if (error.statusCode === 503) return problem('BLF_UNAVAILABLE')
  return problem('BLF_INTERNAL')
}

declare module 'fastify' {
  interface FastifyReply {
    /** The error that was sent as the response, for the request's log line and metrics. */
    refusal: BelfryError | null
  }
}

function render (error: BelfryError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.refusal = error
  if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
  const retryAfter = retryAfterOf(error)
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter)
  if (error.quota) reply.headers(quotaHeaders(error.quota))
  // Bypasses the route's serializer, because all errors have the same shape.
  return reply.code(error.statusCode).header('content-type', PROBLEM_TYPE).serializer(JSON.stringify).send(toProblemBody(error, request.id))
}

/** Handles errors that occur before routing: a path that cannot be decoded. */
export function frameworkErrors (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  render(toProblem(error), request, reply)
}

/** Maps the codes of the HTTP parser's errors, which occur before there is a request. */
const parserCodes: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'BLF_HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BLF_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'BLF_TIMEOUT'
}

/** Whether the parse error is in the rest of a request that has already been answered. Reads Node's private fields for the request and response in progress. */
function isAnswered (socket: Socket): boolean {
  const { parser, _httpMessage: response } = socket as { parser?: { incoming?: { complete: boolean } | null } | null, _httpMessage?: object | null }
  return parser?.incoming?.complete === false && !response
}

/** Answers errors of the HTTP parser on the raw socket, if it can still be written. */
export function clientErrorHandler (error: { code: string }, socket: Socket): void {
  // An answer would stand among the events of a stream.
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswered(socket) || isStream(socket)) socket.destroy()
  else endWithProblem(socket, problem(parserCodes[error.code] ?? 'BLF_BAD_REQUEST'))
}

export default fp(async (app) => {
  app.decorateReply('refusal', null)
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = toProblem(error)
    const refusal = refusalOf(error)
    if (refusal) request.log.info({ refusal }, 'credentials refused')
    if (known.statusCode >= 500 && !isOutage(known)) request.log.error({ err: error }, 'request failed')
    return render(known, request, reply)
  })

  app.setNotFoundHandler((request, reply) => {
    const methods = app.methodsOf(request.url)
    if (methods.length === 0 || request.method === 'OPTIONS') return render(problem('BLF_ROUTE_NOT_FOUND'), request, reply)
    return render(problem('BLF_METHOD_NOT_ALLOWED'), request, reply.header('allow', methods.join(', ')))
  })
}, { name: 'error-handler', fastify: '5.x', dependencies: ['methods'] })
