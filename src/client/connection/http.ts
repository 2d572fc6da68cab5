import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { Platform } from '../platform.ts'
import { subjectOf, type Tokens } from './tokens.ts'

/** An answer to a request. */
export interface Answer {
  status: number
  /** The JSON of the answer; undefined where there is none, or where it is something else. */
  body: any
  /** Milliseconds that `Retry-After` asks to wait. */
  retryAfter?: number | undefined
  /** What the `Date` header says, milliseconds since 1970. Pages of another origin may not read it. */
  date?: number | undefined
}

/** Requests to the REST API. */
export class Http {
  readonly #settings: Settings
  readonly #platform: Platform
  readonly #tokens: Tokens

  constructor (settings: Settings, platform: Platform, tokens: Tokens) {
    this.#settings = settings
    this.#platform = platform
    this.#tokens = tokens
  }

  /** The user of the token; undefined while none was there, and for an API key. */
  get subject (): string | undefined { return this.#tokens.subject }

  /** Sends a request with the current token; once more with a new one where it was refused. Throws as `ask` and `getToken`. */
  async call (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const token = await this.#tokens.get()
    const answer = await this.ask(method, path, token, body, signal)
    if (answer.status !== 401 || !this.#tokens.canRenew) return answer
    this.#tokens.refuse(token)
    const next = await this.#tokens.get()
    // What one user asked for is not done as another.
    return subjectOf(next) === subjectOf(token) ? await this.ask(method, path, next, body, signal) : answer
  }

  /** Sends a request with a token. Throws a `BelfryError` with code `network` if no answer comes, `aborted` if `signal` is. */
  async ask (method: string, path: string, token: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const { base, fetch, timeout } = this.#settings
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const controller = new AbortController()
    const abort = () => controller.abort()
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    const stop = this.#platform.after(timeout, abort)
    try {
      const response = await fetch(base + path, { ...init, method, headers, cache: 'no-store', signal: controller.signal })
      return { status: response.status, body: jsonOf(await response.text()), retryAfter: millisecondsOf(response.headers.get('retry-after')), date: Date.parse(response.headers.get('date') ?? '') || undefined }
    } catch (cause) {
      if (signal?.aborted) throw new BelfryError('aborted', 'The call was aborted.', { cause })
      throw new BelfryError('network', `No answer from ${base}: ${controller.signal.aborted ? 'it took too long' : cause}.`, { cause })
    } finally {
      stop()
      signal?.removeEventListener('abort', abort)
    }
  }
}

/** The error that an answer stands for. */
export function errorOf ({ status, body, retryAfter }: Answer, id?: string): BelfryError {
  if (typeof body?.code !== 'string') return new BelfryError('not_belfry', `The answer is not one of Belfry (status ${status}): is the url its base address?`, { status, retryAfter, id })
  return new BelfryError(body.code, String(body.detail), { status, retryAfter, errors: body.errors, id })
}

function jsonOf (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds of `Retry-After`. As a date, which Belfry does not send, it would depend on this device's clock. */
export function millisecondsOf (header: string | null): number | undefined {
  const seconds = Number(header ?? NaN)
  return seconds >= 0 ? seconds * 1000 : undefined
}
