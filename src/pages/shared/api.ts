import type { User } from '../../client/index.ts'
import { fetchInTime } from './patience.ts'
import { ApiError, problemOf } from './problem.ts'
import { at } from './root.ts'
import type { Session } from './session.ts'

export { ApiError } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Value = string | number | boolean | undefined

/** A call of the API, as somebody could make it from a shell. */
export interface Call { method: Method, path: string, body?: unknown }

export interface CallOptions {
  body?: unknown
  /** What is undefined is left out. */
  query?: Record<string, Value>
  signal?: AbortSignal
}

/**
 * Calls the API as the user of a session. A token that has expired is replaced and the call made again; where the server
 * wants the password once more, `confirm` asks for it. A call of one user is never made as another who has logged in since.
 */
export class Api {
  /** The last call that was not a GET, for "Copy as curl"; then the last one. */
  lastCall: Call | undefined
  /** Asks the user for the password and gives it to `POST /api/auth/confirm`; false if the user gave up. */
  confirm: (() => Promise<boolean>) | undefined
  readonly #session: Session

  constructor (session: Session) {
    this.#session = session
  }

  async get<T> (path: string, options?: CallOptions): Promise<T> { return await this.call('GET', path, options) }
  async post<T> (path: string, body?: unknown, options?: CallOptions): Promise<T> { return await this.call('POST', path, { body, ...options }) }
  async put<T> (path: string, body?: unknown, options?: CallOptions): Promise<T> { return await this.call('PUT', path, { body, ...options }) }
  async patch<T> (path: string, body?: unknown, options?: CallOptions): Promise<T> { return await this.call('PATCH', path, { body, ...options }) }
  async delete<T> (path: string, options?: CallOptions): Promise<T> { return await this.call('DELETE', path, options) }

  /**
   * The answer's JSON; undefined for an answer without a body. `path` has no slash at its beginning: `api/users`; what
   * goes into it must be encoded (`encodeURIComponent`). Throws an ApiError, and an AbortError after `signal`.
   */
  async call<T> (method: Method, path: string, { body, query = {}, signal }: CallOptions = {}): Promise<T> {
    const full = withQuery(path, query)
    if (method !== 'GET' || this.lastCall === undefined || this.lastCall.method === 'GET') this.lastCall = { method, path: full, ...(body === undefined ? {} : { body }) }
    const { user } = this.#session
    const token = await this.#session.token()
    this.#assertStill(user)
    let answer = await send(method, full, body, token, signal)
    if (isAnswer(answer) && answer.status === 401) answer = await this.#again(method, full, body, token, signal, user)
    if (isAnswer(answer) && answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T
    // A dry run stores nothing either.
    const error = await problemOf(answer, method === 'GET' || full.includes('dry_run=true'))
    if (error.code !== 'BLF_REAUTHENTICATE' || !await this.confirm?.()) throw error
    this.#assertStill(user)
    return await this.call(method, path, { body, query, ...(signal && { signal }) })
  }

  /** Once more, with another token than the one that was refused. */
  async #again (method: Method, path: string, body: unknown, refused: string | undefined, signal: AbortSignal | undefined, user: User | undefined): Promise<Answer> {
    const token = await this.#session.token(refused)
    this.#assertStill(user)
    if (token === undefined) throw ended()
    return await send(method, path, body, token, signal)
  }

  #assertStill (user: User | undefined): void {
    if (user && this.#session.user && this.#session.user.id !== user.id) throw ended()
  }
}

const ended = () => new ApiError('Your session has ended. Log in again.', { status: 401, code: 'BLF_UNAUTHENTICATED' })

function withQuery (path: string, query: Record<string, Value>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => [name, String(value)] as [string, string])
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}

type Answer = Response | 'late' | undefined
const isAnswer = (answer: Answer): answer is Response => answer !== undefined && answer !== 'late'

async function send (method: Method, path: string, body: unknown, token: string | undefined, signal: AbortSignal | undefined): Promise<Answer> {
  return await fetchInTime(at(path), {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal && { signal })
  })
}

/** A text as one word of a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** A call as a command for a shell, in which `$TOKEN` is an access token or an API key. */
export function curlOf ({ method, path, body }: Call): string {
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(at(path))}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`])
  ].join(' \\\n  ')
}
