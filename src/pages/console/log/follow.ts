import type { FeedPage } from '../../../protocol/outbound/feed.ts'
import { ApiError, asApiError, pathOf } from '../access.ts'
import { pause } from '../parts/pause.ts'

/** How many places of the log are looked at for the newest events. */
export const NEWEST = 500
/** How long a call waits for an event, seconds, and the longest that its answer may take, milliseconds. */
const WAIT = 15
const SILENT_MS = 30_000
/** The shortest time between two calls, milliseconds: nobody reads faster. */
const PACE_MS = 1_000
const MAX_RETRY_MS = 10_000

type Open = (path: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>

export interface EventObserver {
  /** Events came, the oldest first. `isStart`: it is the first page, or more happened than can be read; what came before is shown no more. */
  onEvents: (page: FeedPage, isStart: boolean) => Promise<void>
  /** The server does not answer, and is asked again; or it is over, because it will not answer this. */
  onLost: (refusal: ApiError | undefined) => void
}

/** The call that has the newest events of some types, of all if they are undefined. */
export const newest = (types: string | undefined) => pathOf(['events'], { last: NEWEST, limit: NEWEST, types })

/** Follows the event feed from its newest events on, over lost connections and restarts, until `signal` aborts. */
export async function followEvents (open: Open, types: string | undefined, { onEvents, onLost }: EventObserver, signal: AbortSignal): Promise<void> {
  let since: string | undefined
  for (let failures = 0; !signal.aborted;) {
    const path = since === undefined ? newest(types) : pathOf(['events'], { since, wait: WAIT, limit: NEWEST, types })
    try {
      const page = await read(open, path, signal)
      if (signal.aborted) return
      failures = 0
      // More than anybody reads: on with the newest.
      const isBehind = since !== undefined && page.items.length === NEWEST
      if (!isBehind) await onEvents(page, since === undefined)
      since = isBehind ? undefined : page.cursor
      await pause(PACE_MS, signal)
    } catch (error) {
      if (signal.aborted) return
      const refusal = asApiError(error)
      // The log was restored from a backup, or forgot what came next.
      if (refusal.code === 'BLF_CURSOR_GONE') since = undefined
      const isFinal = [400, 401, 403].includes(refusal.status)
      onLost(isFinal ? refusal : undefined)
      if (isFinal) return
      await pause((refusal.retryAfter ?? 0) * 1_000 + Math.random() * Math.min(MAX_RETRY_MS, PACE_MS * 2 ** failures++), signal)
    }
  }
}

async function read (open: Open, path: string, signal: AbortSignal): Promise<FeedPage> {
  const body = await open(path, AbortSignal.any([signal, AbortSignal.timeout(SILENT_MS)]))
  try {
    return await new Response(body).json() as FeedPage
  } catch {
    throw new ApiError('The answer of the server was cut off.')
  }
}
