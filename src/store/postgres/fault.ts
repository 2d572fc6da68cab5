import { isBelfryError, problem } from '../../errors.ts'

/** The error's SQLSTATE, five characters, if it comes from PostgreSQL. */
function sqlState (error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Faults of one write, not of the store: bad data (22), a violated constraint (23), an invalid statement of Belfry's (42). */
export function isOwnFault (error: unknown): boolean {
  return ['22', '23', '42'].includes(sqlState(error)?.slice(0, 2) ?? '')
}

/** Converts an error of the server or the connection to one of the catalogue, with the original as `cause`, for the log. */
export function toFault (error: unknown): Error {
  if (isBelfryError(error)) return error
  const state = sqlState(error)
  if (state === '53100') return Object.assign(problem('BLF_STORE_FULL'), { cause: error })
  if (isOwnFault(error)) return Object.assign(problem('BLF_INTERNAL'), { cause: error })
  return Object.assign(problem('BLF_STORE_UNAVAILABLE'), { cause: error })
}
