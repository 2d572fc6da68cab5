import { answerOf, type Answer } from '../shared/answer.ts'
import { BelfryError } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { Platform } from '../platform.ts'
import { subjectOf, type Tokens } from './tokens.ts'

/** Requests to the REST API. */
export interface Http {
  /** Sends a request with the current token; once more with a new one where it was refused. Throws as `ask` and `Tokens.get`. */
  _call (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer>
  /** Sends a request with a token. Throws a `BelfryError` with code `network` if no answer comes, `aborted` if `signal` is. */
  _ask (method: string, path: string, token: string, body?: unknown, signal?: AbortSignal): Promise<Answer>
}

export function createHttp (settings: Settings, platform: Platform, tokens: Tokens): Http {
  // Browsers want it called without an object.
  const { fetch } = settings

  async function ask (method: string, path: string, token: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, ...(body as object | undefined) && { 'content-type': 'application/json' } }
    const controller = new AbortController()
    const abort = () => controller.abort()
    const stop = platform.after(settings.timeout, abort)
    signal?.addEventListener('abort', abort, { signal: controller.signal })
    if (signal?.aborted) abort()
    try {
      return await answerOf(await fetch(settings.base + path, { body: JSON.stringify(body) ?? null, method, headers, cache: 'no-store', signal: controller.signal }))
    } catch (cause) {
      if (signal?.aborted) throw new BelfryError('aborted', 'the call was aborted', { cause })
      throw new BelfryError('network', `no answer ${controller.signal.aborted ? 'in time ' : ''}from ${settings.base}: ${cause}`, { cause })
    } finally {
      stop()
      // It listens to the other signal no more.
      abort()
    }
  }

  return {
    _ask: ask,
    async _call (method, path, body, signal) {
      const token = await tokens._get()
      const answer = await ask(method, path, token, body, signal)
      if (answer.status !== 401 || !settings.getToken) return answer
      tokens._refuse(token)
      const next = await tokens._get()
      // What one user asked for is not done as another.
      return subjectOf(next) === subjectOf(token) ? ask(method, path, next, body, signal) : answer
    }
  }
}
