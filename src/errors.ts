import createError from '@fastify/error'
import type { GapReason } from './protocol/server-frames.ts'
import type { Quota } from './protocol/quota.ts'
import { errorCodes, type ErrorCode, type FieldError } from './protocol/error-codes.ts'

/** An error that callers see: the error handler renders it as problem+json, the socket as an `error` frame. */
export interface BelfryError extends Error {
  code: ErrorCode
  statusCode: number
  errors?: FieldError[]
  /** Seconds. */
  retryAfter?: number
  /** The limit that was exceeded. */
  quota?: Quota
  /** Why a cursor cannot be resumed from, and the one to go on from. */
  gap?: { reason: GapReason, cursor: string }
  /** Logged with the error, never sent to the caller. */
  context?: object
}

const constructors = Object.fromEntries(Object.entries(errorCodes).map(
  ([code, [status]]) => [code, createError(code, '%s', status)]
))

/** An error of `errorCodes`; `detail` replaces its default text, and callers see it. */
export function problem (code: ErrorCode, detail: string = errorCodes[code][1], errors?: FieldError[]): BelfryError {
  const error = new constructors[code]!(detail) as BelfryError
  if (errors) error.errors = errors
  return error
}

/**
 * Whether the cause is known and reported elsewhere, once for all that fail of it: a store that is away or full, a
 * node that is shutting down or has too much to do.
 */
export function isOutage (error: unknown): boolean {
  if (!isBelfryError(error) || isMistake(error.cause)) return false
  return ['BLF_STORE_UNAVAILABLE', 'BLF_STORE_FULL', 'BLF_UNAVAILABLE'].includes(error.code)
}

/** An error that the language throws at wrong code: somebody must see its stack. */
function isMistake (cause: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some(kind => cause instanceof kind)
}

/** Seconds that a caller who is told to come back should wait, if nothing more is known of the error. */
const DEFAULT_WAIT_SECONDS = 1

/** Seconds after which the same may succeed; undefined for an error that does not pass by itself. */
export function retryAfterOf ({ statusCode, retryAfter }: BelfryError): number | undefined {
  return [429, 503].includes(statusCode) ? retryAfter ?? DEFAULT_WAIT_SECONDS : undefined
}

export function isBelfryError (error: unknown): error is BelfryError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in errorCodes
}
