import type { User } from '../../client/index.ts'
import { ApiError } from '../shared/problem.ts'

export { ApiError } from '../shared/problem.ts'

/** A call of the API, as it is made and as it is shown; `path` has no slash at its beginning. */
export interface Call { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown }

/** Who is logged in, as the server says. */
export type Me = User

export function isPlatformAdmin ({ role, company }: Pick<Me, 'role' | 'company'>): boolean {
  return role === 'admin' && (company === undefined || company === null)
}

export function isAdmin ({ role }: Pick<Me, 'role'>): boolean {
  return role === 'admin'
}

/** The path of a call: each part is encoded, each value of the query that is not empty is added. */
export function pathOf (parts: string[], query: Record<string, string | number | undefined> = {}): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, String(value))
  const text = params.toString()
  return `api/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

export function asApiError (error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError('Something went wrong on this page. Try again.')
}
