import { isBelfryError, problem, retryAfterOf } from '../errors.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import type { SocketObserver } from './opening.ts'

/** The `error` frame for what was thrown; what is not of the catalogue is an internal error. */
export function errorFrame (error: unknown, replyTo: string | undefined, observer: SocketObserver): OwnFrame {
  const known = isBelfryError(error) ? error : problem('BLF_INTERNAL')
  observer.refused(known, error)
  const { errors } = known
  return { type: 'error', reply_to: replyTo, payload: { code: known.code, detail: known.message, errors, retry_after: retryAfterOf(known) } }
}

/** The code for a socket that could not be authenticated or attached. 4401 is for bad credentials alone: after a fault of the server no client should fetch a new token. */
export function closeCodeFor (error: unknown): CloseCode {
  if (!isBelfryError(error)) return 1011
  if (error.code === 'BLF_UNAVAILABLE' || error.statusCode === 429) return 1013
  return error.statusCode >= 500 ? 1011 : 4401
}
