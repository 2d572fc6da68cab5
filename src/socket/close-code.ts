import { isBelfryError } from '../errors.ts'
import type { CloseCode } from '../protocol/close-codes.ts'

/** What closes a socket that could not be opened for its user. 4401 is for credentials alone: for a fault of ours nobody should get new ones. */
export function closeCodeFor (error: unknown): CloseCode {
  if (!isBelfryError(error)) return 1011
  if (error.code === 'BLF_UNAVAILABLE') return 1013
  if (error.statusCode >= 500) return 1011
  return error.statusCode === 429 ? 4429 : 4401
}
