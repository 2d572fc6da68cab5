import { isBelfryError, problem, retryAfterOf } from '../errors.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { SocketObserver } from './opening.ts'

/** The `error` frame for what was thrown; what is not of the catalogue is an internal error. */
export function errorFrame (error: unknown, replyTo: string | undefined, observer: SocketObserver): OwnFrame {
  const known = isBelfryError(error) ? error : problem('BLF_INTERNAL')
  observer.refused(known, error)
  const { errors } = known
  return { type: 'error', reply_to: replyTo, payload: { code: known.code, detail: known.message, errors, retry_after: retryAfterOf(known) } }
}
