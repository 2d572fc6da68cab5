import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isBelfryError, problem, type BelfryError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { quotaHeaders } from '../../src/protocol/quota.ts'
import { fieldErrors, type SchemaError } from '../../src/http/field-errors.ts'
import { refusalOf } from '../../src/identity/refusal.ts'
import { PROBLEM_TYPE, refuse, toProblemBody } from '../../src/http/problem.ts'

const RETRY_AFTER_SECONDS = 1

/** Fastify's own errors in the catalogue's words. */
const known: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'BLF_BAD_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BLF_BAD_JSON',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BLF_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'BLF_UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BLF_BAD_REQUEST',
  FST_ERR_BAD_URL: 'BLF_BAD_REQUEST',
  FST_ERR_REQUEST_TIMEOUT: 'BLF_TIMEOUT'
}

/** Any error as one of the catalogue; what is unforeseen is our fault and says no more than that. */
export function toProblem (error: FastifyError): BelfryError {
  if (isBelfryError(error)) return error
  if (error.validation) return problem('BLF_VALIDATION', undefined, fieldErrors(error.validation as SchemaError[], error.validationContext))
  const code = known[error.code]
  if (code) return problem(code)
  // secure-json-parse and the JSON parser name no code of Fastify's.
  if (error.statusCode === 400 && error instanceof SyntaxError) return problem('BLF_BAD_JSON')
  if (error.statusCode === 400) return problem('BLF_BAD_REQUEST')
  if (error.statusCode === 413) return problem('BLF_TOO_LARGE')
  if (error.statusCode === 429) return problem('BLF_RATE_LIMITED')
  if (error.statusCode === 503) return problem('BLF_UNAVAILABLE')
  return problem('BLF_INTERNAL')
}

declare module 'fastify' {
  interface FastifyReply {
    /** The error that is answered, for the request's line. */
    refusal: BelfryError | null
  }
}

function render (error: BelfryError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.refusal = error
  if (error.statusCode === 401) reply.header('www-authenticate', 'Bearer')
  if ([429, 503].includes(error.statusCode) && !reply.hasHeader('retry-after')) reply.header('retry-after', error.retryAfter ?? RETRY_AFTER_SECONDS)
  if (error.quota) reply.headers(quotaHeaders(error.quota))
  // Not through the serializer: an error has one shape, whatever the route promised.
  return reply.code(error.statusCode).header('content-type', PROBLEM_TYPE).serializer(JSON.stringify).send(toProblemBody(error, request.id))
}

/** For what fails before there is a route: a path that cannot be decoded. */
export function frameworkErrors (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  render(toProblem(error), request, reply)
}

/** The HTTP parser's own errors, which come before there is a request. */
const unparsed: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'BLF_HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BLF_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'BLF_TIMEOUT'
}

export function clientErrorHandler (error: { code: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
  else refuse(socket, problem(unparsed[error.code] ?? 'BLF_BAD_REQUEST'))
}

export default fp(async (app) => {
  app.decorateReply('refusal', null)
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const known = toProblem(error)
    const refusal = refusalOf(error)
    if (refusal) request.log.info({ refusal }, 'credentials refused')
    if (known.statusCode >= 500 && known.code !== 'BLF_UNAVAILABLE') request.log.error({ err: error }, 'request failed')
    return render(known, request, reply)
  })

  app.setNotFoundHandler((request, reply) => {
    const methods = app.methodsOf(request.url)
    if (methods.length === 0 || request.method === 'OPTIONS') return render(problem('BLF_ROUTE_NOT_FOUND'), request, reply)
    return render(problem('BLF_METHOD_NOT_ALLOWED'), request, reply.header('allow', methods.join(', ')))
  })
}, { name: 'error-handler', fastify: '5.x', dependencies: ['methods'] })
