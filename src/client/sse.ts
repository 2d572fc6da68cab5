import type { Reconnect } from '../protocol/close-codes.ts'
import { isTicket } from '../protocol/credential.ts'
import { STREAM_PATH } from '../protocol/endpoint.ts'
import { EventParser, type ParsedEvent } from './connection/event-parser.ts'
import { queryOf } from './connection/query.ts'
import type { Link, LinkEnd, LinkEvents, Target, Transport } from './transport.ts'

/** What is reported where no code came. RFC 6455 §7.1.5. */
const LOST = 1006

/**
 * Frames over Server-Sent Events, for networks that let no WebSocket through: pass it as the second of
 * `transports: [webSocket, sse]`. It only receives; marks and sends go over REST. It reads the stream with `fetch`, because an
 * `EventSource` can send no `Authorization` header, hides the status of a refusal and repeats its URL when it reconnects.
 */
export const sse: Transport = {
  name: 'sse',
  open (target, events) {
    const aborter = new AbortController()
    const link: Link = { close: () => aborter.abort() }
    // In a later turn: no event comes before `open` has returned.
    queueMicrotask(() => {
      run(target, events, aborter).then(
        end => tell(end),
        (error: unknown) => tell({ code: LOST, reason: error instanceof Error ? error.message : String(error) })
      )
    })
    return link

    function tell (end: LinkEnd): void {
      if (aborter.signal.aborted) return
      aborter.abort()
      events.onClose(end)
    }
  }
}

/** Opens the stream and tells its frames; how it ended. Rejects if the network fails. */
async function run (target: Target, events: LinkEvents, { signal }: AbortController): Promise<LinkEnd> {
  if (signal.aborted) return { code: LOST, reason: '' }
  const { url, headers } = requestOf(target)
  const { fetch } = target
  const response = await fetch(url, { headers, signal, cache: 'no-store' })
  const isStream = response.headers.get('content-type')?.split(';', 1)[0]?.trim() === 'text/event-stream'
  if (!response.ok || !isStream || !response.body) return await refusalOf(response)
  if (signal.aborted) return { code: LOST, reason: '' }
  events.onOpen()
  return await read(response.body, events, signal)
}

function requestOf (target: Target): { url: string, headers: Record<string, string> } {
  const { base, token } = target
  const isInQuery = isTicket(token)
  const url = base + STREAM_PATH + queryOf(target, isInQuery ? { ticket: token } : {})
  return { url, headers: { accept: 'text/event-stream', ...(isInQuery ? {} : { authorization: `Bearer ${token}` }) } }
}

async function read (body: ReadableStream<Uint8Array>, events: LinkEvents, signal: AbortSignal): Promise<LinkEnd> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parser = new EventParser()
  while (true) {
    const { done, value } = await reader.read()
    if (done) return { code: LOST, reason: 'the stream ended without a close event' }
    const parsed = parser.push(decoder.decode(value, { stream: true }))
    for (const event of parsed) {
      if (signal.aborted) return { code: LOST, reason: '' }
      if (event.type === 'close') return endOf(event)
      events.onText(event.data)
    }
    // Even half an event shows that the connection is alive.
    if (parsed.length === 0 && !signal.aborted) events.onAlive()
  }
}

/** How the server ended the stream. */
function endOf ({ data }: ParsedEvent): LinkEnd {
  try {
    const { payload: { code, reason, reconnect } } = JSON.parse(data) as { payload: { code: unknown, reason: unknown, reconnect: unknown } }
    if (typeof code === 'number') return { code, reason: String(reason), reconnect: isReconnect(reconnect) ? reconnect : undefined }
  } catch {}
  return { code: LOST, reason: 'the close event cannot be read' }
}

function isReconnect (value: unknown): value is Reconnect {
  return value === 'yes' || value === 'no' || value === 'token'
}

/** Why there is no stream: what a problem of the catalogue says, or that this is no answer of Belfry. */
async function refusalOf (response: Response): Promise<LinkEnd> {
  const { status, headers } = response
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json')
  const body = isProblem ? await response.json().catch(() => undefined) as { code?: unknown, detail?: unknown } | null | undefined : undefined
  if (!isProblem) response.body?.cancel().catch(() => {})
  const problem = typeof body?.code === 'string' ? { code: body.code, detail: String(body.detail) } : undefined
  const reason = problem ? `${problem.code}: ${problem.detail}` : `${status}, which is no answer of a Belfry server`
  return { code: LOST, reason, status, problem, retryAfter: retryAfterOf(headers.get('retry-after')) }
}

/** Milliseconds; a `Retry-After` may also be a date. RFC 9110 §10.2.3. */
function retryAfterOf (value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
