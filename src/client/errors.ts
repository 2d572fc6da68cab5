import type { ErrorCode, FieldError } from '../protocol/error-codes.ts'

/**
 * Codes of the client's own.
 *
 * Of calls that throw a `BelfryError`, and of `error` events:
 * - `network`: no answer came, within `timeout` or at all, or a proxy answered that it cannot reach the server; or what sends could
 *   not be loaded;
 * - `not_belfry`: the answer is not one of Belfry: another server, a wrong path, the login page of a network;
 * - `no_token`: there is no token, and `getToken` gave none;
 * - `token`: `getToken` threw, or took longer than `timeout`;
 * - `disconnected`: it was waited for a connection that is not tried any more, or a mark was made without one.
 *
 * Of calls alone:
 * - `queue_full`: more sends wait than `maxQueue` allows; nothing was sent;
 * - `aborted`: its `signal` was aborted, or the user changed meanwhile;
 * - `invalid`: what was to be sent is no object that can be written as JSON; nothing was sent.
 *
 * Of `error` events alone:
 * - `blocked`: the server answers, but the transport did not get through to it, twice in a row;
 * - `frame`: the server sent what is not a frame;
 * - `storage`: the inbox is not kept offline, or not removed: the storage is forbidden, missing or full, or does not answer;
 * - `listener`: a listener of an inbox threw.
 */
export type ClientErrorCode =
  'network' | 'not_belfry' | 'no_token' | 'token' |
  'disconnected' | 'queue_full' | 'aborted' | 'invalid' |
  'blocked' | 'frame' | 'storage' | 'listener'

/** What went wrong: the server's own code, or one of the client's. Later versions may have more. */
export type BelfryErrorCode = ErrorCode | ClientErrorCode | (string & {})

/** What is known of a failure besides its code. */
export interface FailureDetails {
  status?: number | undefined
  retryAfter?: number | undefined
  errors?: FieldError[] | undefined
  id?: string | undefined
  cause?: unknown
}

/** An error of a call: its `code` says what went wrong. */
export class BelfryError extends Error {
  override readonly name = 'BelfryError'
  declare readonly code: BelfryErrorCode
  /** The HTTP status of the answer, if there was one. */
  declare readonly status: number | undefined
  /** Milliseconds after which the same may succeed, if the server said so. */
  declare readonly retryAfter: number | undefined
  /** The fields that are wrong, each with a JSON pointer. */
  declare readonly errors: FieldError[] | undefined
  /** The id of the notification that was to be sent: sending it again with this id is safe. */
  declare readonly id: string | undefined

  constructor (code: BelfryErrorCode, message: string, details: FailureDetails = {}) {
    super(message, details)
    Object.assign(this, details, { code })
  }
}
