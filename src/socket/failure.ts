import { isBelfryError, problem } from '../errors.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import type { SocketObserver } from './opening.ts'

/** The `error` frame for what was thrown; what is not of the catalogue is an internal error. */
export function errorFrame (error: unknown, replyTo: string | undefined, observer: SocketObserver): OwnFrame {
  const known = isBelfryError(error) ? error : problem('BLF_INTERNAL')
  observer.refused(known, error)
  const { errors } = known
  return { type: 'error', reply_to: replyTo, payload: { code: known.code, detail: known.message, errors } }
}

/** The code for a socket that could not be authenticated or attached. 4401 is for bad credentials alone: after a fault of the server no client should fetch a new token. */
export function closeCodeFor (error: unknown): CloseCode {
  if (!isBelfryError(error)) return 1011
  if (error.code === 'BLF_UNAVAILABLE') return 1013
  if (error.statusCode >= 500) return 1011
  return error.statusCode === 429 ? 4429 : 4401
}
