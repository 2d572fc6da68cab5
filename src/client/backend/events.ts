import type { FeedItem, FeedPage } from '../../protocol/outbound/feed.ts'
import type { GapReason } from '../../protocol/server-frames.ts'
import { BelfryError } from '../errors.ts'
import { answerOf, errorOf, isTemporary, type Answer } from '../shared/answer.ts'
import { backoff } from '../shared/backoff.ts'
import { check, checked, isFunction, isTextOf, isToken, type Rule } from '../shared/check.ts'
import { queryOf } from '../shared/query.ts'

export { BelfryError } from '../errors.ts'
export type { FeedItem, FeedType } from '../../protocol/outbound/feed.ts'

export interface EventsOptions {
  /** An API key with `events:read` or `events:read:<company>`, or the token of an admin. */
  token?: string | undefined
  /** Called for a token where there is none yet, and for another one where it was refused. */
  getToken?: (() => string | Promise<string>) | undefined
  /** Where to go on: the `cursor` of the feed, or of its last item, when it was followed last. Default: the oldest event that is kept. */
  since?: string | undefined
  /** Only events of these types. Default: all. */
  types?: readonly string[] | undefined
  /** How many events one request gets at most, 1 to 500. Default: 500. */
  limit?: number | undefined
  /** How many seconds one request waits for an event, 0 to 30. Default: 30. With 0, a turn that finds nothing is followed by a pause of a second. */
  wait?: number | undefined
  /** Ends it. */
  signal?: AbortSignal | undefined
  /** The function for HTTP requests. Default: the global one. */
  fetch?: typeof globalThis.fetch | undefined
}

/** The error where the events after `since` are not kept any more: `reason` says why, and with `cursor` nothing that is kept is missed. */
export interface CursorGone extends BelfryError { reason: GapReason, cursor: string }

/** The events of the log as they come, without an end: `for await (const event of events(…))`. */
export interface EventFeed extends AsyncIterable<FeedItem> {
  /** Where to go on after a restart: everything before it was taken, or is not of the types that were asked for. Undefined at the very beginning. */
  readonly cursor: string | undefined
}

const rules: Record<keyof EventsOptions, Rule> = {
  token: ['an ASCII text', isToken],
  getToken: ['a function', isFunction],
  since: ['a cursor', isTextOf(/^[^]{1,256}$/)],
  types: ['an array of types, such as notification.read', value => Array.isArray(value) && value.length > 0 && value.every(isTextOf(/^[a-z_.]+$/))],
  limit: ['a whole number from 1 to 500', value => Number.isInteger(value) && value >= 1 && value <= 500, 500],
  wait: ['a whole number from 0 to 30', value => Number.isInteger(value) && value >= 0 && value <= 30, 30],
  signal: ['an AbortSignal', value => isFunction(value?.addEventListener)],
  fetch: ['a function', isFunction, (...args: Parameters<typeof fetch>) => globalThis.fetch(...args)]
}

/** The bounds of the pauses after a request that failed, milliseconds. */
const DELAYS = { minReconnectDelay: 500, maxReconnectDelay: 20_000 }
/** How much longer than it asked to wait a request may take, milliseconds. */
const TIMEOUT_MS = 10_000
const IDLE_MS = 1_000

/**
 * Follows the event log, for backends. It goes on after outages by itself; store the `cursor` of what is done, and after a restart pass
 * it as `since`: nothing is missed, and what was under way comes again.
 *
 * The iteration throws a `BelfryError` for what does not pass by itself: credentials that are refused, or a cursor that is gone
 * (`BLF_CURSOR_GONE`, see `CursorGone`). It ends when `signal` is aborted, or with the loop. Throws a TypeError for options that are wrong.
 */
export function events (url: string | URL, options: EventsOptions): EventFeed {
  const settings = checked('option', options, rules) as EventsOptions & { fetch: typeof globalThis.fetch, wait: number }
  const { since, types, limit, wait, signal, getToken } = settings
  check(Boolean(settings.token ?? getToken), 'token or getToken must be given.')
  const base = String(url).replace(/\/+$/, '')
  check(/^https?:\/\/./.test(base), `url must be the server's base address, such as https://example.com, not ${url}`)
  let token = settings.token
  let cursor = since

  async function ask (): Promise<Answer> {
    token ??= await getToken!()
    const timeout = AbortSignal.timeout(wait * 1000 + TIMEOUT_MS)
    const query = queryOf({ since: cursor, types: types?.join(), limit, wait })
    const response = await settings.fetch(`${base}/api/events${query}`, {
      headers: { authorization: `Bearer ${token}` }, cache: 'no-store', signal: signal ? AbortSignal.any([signal, timeout]) : timeout
    })
    return await answerOf(response)
  }

  /** The next page. Tries again as long as that may help; undefined once it is to end. */
  async function next (): Promise<FeedPage | undefined> {
    let isRenewed = false
    for (let attempt = 0; !signal?.aborted; attempt++) {
      const answer = await ask().catch((error: unknown) => {
        // The application's own.
        if (token === undefined) throw error
        return undefined
      })
      if (signal?.aborted) return undefined
      if (answer?.status === 200 && Array.isArray(answer.body?.items)) return answer.body
      if (answer?.status === 401 && getToken && !isRenewed) {
        isRenewed = true
        token = undefined
        continue
      }
      if (answer && !isTemporary(answer.status)) throw toError(answer)
      await pause((answer?.retryAfter ?? 0) + backoff(DELAYS, Math.random(), attempt))
    }
    return undefined
  }

  /** Resolves after so many milliseconds, or when it is to end. */
  async function pause (ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
    })
  }

  async function * follow (): AsyncGenerator<FeedItem, void> {
    for (let page = await next(); page; page = await next()) {
      for (const item of page.items) {
        if (signal?.aborted) return
        yield item
        cursor = item.cursor
      }
      cursor = page.cursor
      if (page.items.length === 0 && wait === 0) await pause(IDLE_MS)
    }
  }

  return {
    get cursor () { return cursor },
    [Symbol.asyncIterator]: follow
  }
}

function toError (answer: Answer): BelfryError {
  const error = errorOf(answer)
  const { reason, cursor } = answer.body ?? {}
  return error.code === 'BLF_CURSOR_GONE' ? Object.assign(error, { reason, cursor }) : error
}
