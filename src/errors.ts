import createError from '@fastify/error'
import type { Quota } from './limits/quota.ts'

/**
 * Every error Belfry answers with: one code each, its HTTP status and its default detail.
 * The error handler renders them as problem+json, the socket as `error` frames.
 */
export const catalogue = {
  BLF_VALIDATION: [400, 'The request is not valid.'],
  BLF_BAD_JSON: [400, 'The body is not valid JSON.'],
  BLF_BAD_REQUEST: [400, 'The request is malformed.'],
  BLF_BAD_CURSOR: [400, 'The cursor is not one of this log.'],
  BLF_UNAUTHENTICATED: [401, 'Credentials are missing, expired, revoked or not valid.'],
  BLF_BAD_CREDENTIALS: [401, 'The username or the password is wrong.'],
  BLF_FORBIDDEN: [403, 'You may not do this.'],
  BLF_WRONG_PASSWORD: [403, 'The current password is wrong.'],
  BLF_FORBIDDEN_ORIGIN: [403, 'This origin may not open a socket.'],
  BLF_ROUTE_NOT_FOUND: [404, 'There is no such route.'],
  BLF_NOTIFICATION_NOT_FOUND: [404, 'There is no such notification in your inbox.'],
  BLF_USER_NOT_FOUND: [404, 'There is no such user.'],
  BLF_SESSION_NOT_FOUND: [404, 'There is no such session, or it has ended.'],
  BLF_KEY_NOT_FOUND: [404, 'There is no such API key.'],
  BLF_METHOD_NOT_ALLOWED: [405, 'This path does not have this method; `Allow` lists those it has.'],
  BLF_TIMEOUT: [408, 'The request took too long to arrive.'],
  BLF_ID_CONFLICT: [409, 'This id was used before, with other content or by somebody else.'],
  BLF_USERNAME_TAKEN: [409, 'This username is taken.'],
  BLF_USER_EXISTS: [409, 'There is a user with this id already.'],
  BLF_ROLE_NEEDED: [409, 'An admin without a company is a platform admin: to take the company from an admin, give "role" in the same request, either "admin" or what the user is from now on.'],
  BLF_LAST_ADMIN: [409, 'The last platform admin can be neither removed nor demoted.'],
  BLF_TOO_LARGE: [413, 'The body is too large.'],
  BLF_UNSUPPORTED_MEDIA_TYPE: [415, 'The body must be application/json.'],
  BLF_EXPECTATION_FAILED: [417, 'The only expectation that can be met is 100-continue.'],
  BLF_UPGRADE_REQUIRED: [426, 'Only WebSockets are served here.'],
  BLF_RATE_LIMITED: [429, 'Too many requests.'],
  BLF_TOO_MANY_SOCKETS: [429, 'Too many sockets are open for these credentials or from this address.'],
  BLF_HEADERS_TOO_LARGE: [431, 'The request headers are too large.'],
  BLF_INTERNAL: [500, 'Something went wrong on our side.'],
  BLF_STORE_UNAVAILABLE: [503, 'The store cannot be reached; nothing was stored.'],
  BLF_UNAVAILABLE: [503, 'The server is shutting down or overloaded.'],
  BLF_STORE_FULL: [507, 'The store has no room left; nothing was stored.']
} as const satisfies Record<string, readonly [number, string]>

export type ErrorCode = keyof typeof catalogue

export interface FieldError { path: string, message: string }

export interface BelfryError extends Error {
  code: ErrorCode
  statusCode: number
  errors?: FieldError[]
  /** Seconds. */
  retryAfter?: number
  /** Of what there were too many. */
  quota?: Quota
  /** For its line in the log, not for the outside. */
  context?: object
}

const constructors = Object.fromEntries(Object.entries(catalogue).map(
  ([code, [status]]) => [code, createError(code, '%s', status)]
))

/** An error of the catalogue; `detail` replaces its default text and must be fit for the outside. */
export function problem (code: ErrorCode, detail: string = catalogue[code][1], errors?: FieldError[]): BelfryError {
  const error = new constructors[code]!(detail) as BelfryError
  if (errors) error.errors = errors
  return error
}

export function isBelfryError (error: unknown): error is BelfryError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in catalogue
}
