import { isBelfryError, problem } from '../../errors.ts'

/** PostgreSQL's five characters for what went wrong, if it was PostgreSQL that said so. */
function sqlState (error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Faults of one write, not of the store: bad data (22), a violated constraint (23), a statement of ours that is wrong (42). */
export function isOwnFault (error: unknown): boolean {
  return ['22', '23', '42'].includes(sqlState(error)?.slice(0, 2) ?? '')
}

/** What the server or the way to it did, in the catalogue's words; its own stay in `cause`, for the log. */
export function toFault (error: unknown): Error {
  if (isBelfryError(error)) return error
  const state = sqlState(error)
  if (state === '53100') return Object.assign(problem('BLF_STORE_FULL'), { cause: error })
  if (isOwnFault(error)) return Object.assign(problem('BLF_INTERNAL'), { cause: error })
  return Object.assign(problem('BLF_STORE_UNAVAILABLE'), { cause: error })
}
