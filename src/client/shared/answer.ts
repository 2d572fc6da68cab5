import { BelfryError } from '../errors.ts'
import { parseJson } from './json.ts'

/** An answer to a request. */
export interface Answer {
  status: number
  /** The parsed JSON, a problem where the status is not 2xx; undefined where it is no JSON. */
  body: any
  /** Milliseconds that `Retry-After` asks to wait. */
  retryAfter?: number | undefined
  /** What the `Date` header says, in milliseconds since 1970; absent where a page may not read it. */
  date?: number | undefined
}

/** Reads a response. Rejects if it is cut off. */
export async function answerOf (response: Response): Promise<Answer> {
  const header = (name: string) => response.headers.get(name) ?? ''
  const date = Date.parse(header('date')) || undefined
  const after = header('retry-after')
  // Seconds, or a date, RFC 9110 §10.2.3: the clock of this device may be wrong, so the server's is asked first.
  const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - (date ?? Date.now())
  return { status: response.status, body: parseJson(await response.text()), retryAfter: wait >= 0 ? wait : undefined, date }
}

/** Whether the same request may succeed later: the answer blames the moment. A store that is full (507) needs its operator. */
export function isTemporary (status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507)
}

/** The error that an answer stands for: that of its problem, else `network` or `not_belfry`. */
export function errorOf ({ status, body, retryAfter }: Answer): BelfryError {
  const details = { status, retryAfter, errors: body?.errors }
  if (typeof body?.code === 'string') return new BelfryError(body.code, String(body.detail), details)
  const reason = `not an answer of Belfry (status ${status})`
  // A proxy answers so while it cannot reach the server.
  return isTemporary(status) ? new BelfryError('network', reason, details) : new BelfryError('not_belfry', `${reason}: is the url its base address?`, details)
}
