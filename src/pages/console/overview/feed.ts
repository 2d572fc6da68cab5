import { ApiError } from '../access.ts'
import { pause } from '../parts/pause.ts'

/** What `GET /sse/overview` sends once a second. */
export interface Overview {
  version: string
  started_at: string
  nodes: { id: string, started_at: string, sockets: number, streams: number, lag_ms: number, flush_ms_p99: number | null, loop_ms_p99: number }[]
  users: number | null
  notifications: number | null
  log: { head: number, floor: number }
  store: { engine: 'sqlite' | 'postgresql', commit_ms_p99: number | null, bytes: number | null }
  bus: 'none' | 'up' | 'down'
  degraded: string[]
  rates: { sends: number, deliveries: number, slow_closes: number }
}

export interface FeedObserver {
  /** An overview came. */
  onOverview: (overview: Overview) => void
  /** The stream was lost and is opened again; or it is over, because the server will not have it. */
  onLost: (refusal: ApiError | undefined) => void
}

const MAX_RETRY_MS = 10_000
/** A stream that is silent for so long is lost, whatever TCP says. */
const SILENT_MS = 20_000

type Open = (path: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>

/** Follows the overviews of the server until `signal` aborts, over lost connections and restarts. */
export async function followOverviews (open: Open, { onOverview, onLost }: FeedObserver, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const end = await read(await open('sse/overview', signal), signal, overview => {
        attempt = 0
        onOverview(overview)
      })
      // Its user is no longer allowed to see it.
      if (end === 'no') return onLost(new ApiError('Your role can no longer see the overview.', { status: 403, code: 'BLF_FORBIDDEN' }))
      // A stream cannot renew its token: the next one begins at once, and nothing was lost.
      if (end === 'token') continue
      onLost(undefined)
    } catch (error) {
      if (signal.aborted) return
      const isFinal = error instanceof ApiError && [401, 403].includes(error.status)
      onLost(isFinal ? error : undefined)
      if (isFinal) return
    }
    await pause(Math.random() * Math.min(MAX_RETRY_MS, 500 * 2 ** attempt), signal)
  }
}

/** Reads one stream to its end; what it says about opening another one. */
async function read (body: ReadableStream<Uint8Array>, signal: AbortSignal, onOverview: (overview: Overview) => void): Promise<'yes' | 'no' | 'token'> {
  const reader = body.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  let isSilent = false
  const timer = setInterval(() => {
    if (isSilent) reader.cancel().catch(() => {})
    isSilent = true
  }, SILENT_MS)
  const stop = () => { reader.cancel().catch(() => {}) }
  signal.addEventListener('abort', stop)
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return 'yes'
      isSilent = false
      const blocks = (text + value).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data === undefined) continue
        const frame = JSON.parse(data) as { type: string, payload: any }
        if (frame.type === 'overview') onOverview(frame.payload)
        if (frame.type === 'close') return frame.payload.reconnect
      }
    }
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', stop)
    stop()
  }
}
