import { isTicket } from '../../protocol/credential.ts'
import { STREAM_PATH } from '../../protocol/endpoint.ts'
import { answerOf, errorOf } from '../shared/answer.ts'
import { parseJson } from '../shared/json.ts'
import { queryOf } from '../shared/query.ts'
import { createEventParser } from './event-parser.ts'
import { LOST } from './rules.ts'
import type { LinkEnd, LinkEvents, Target } from './transport.ts'

/** Opens a stream of Server-Sent Events and tells its frames; how it ended. Rejects if the network fails. */
export async function readStream ({ base, token, since, topics, device, fetch }: Target, events: LinkEvents, signal: AbortSignal): Promise<LinkEnd> {
  const isInQuery = isTicket(token)
  const headers = { accept: 'text/event-stream', ...(isInQuery ? {} : { authorization: `Bearer ${token}` }) }
  const response = await fetch(base + STREAM_PATH + queryOf({ ticket: isInQuery ? token : undefined, since, topics, device }), { headers, signal, cache: 'no-store' })
  if (!response.ok || !response.body || !/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '')) {
    const answer = await answerOf(response)
    return { code: LOST, reason: errorOf(answer).message, answer }
  }
  // Nothing is told after a `close`, whatever this `fetch` makes of its signal.
  if (!signal.aborted) events.onOpen()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const parse = createEventParser()
  while (true) {
    const { done, value } = await reader.read()
    if (done || signal.aborted) return { code: LOST, reason: 'the stream ended without a close event' }
    const parsed = parse(value)
    for (const { type, data } of parsed) {
      if (type === 'close') return endOf(data)
      if (!signal.aborted) events.onText(data)
    }
    // Even half an event shows that the connection is alive.
    if (parsed.length === 0) events.onAlive()
  }
}

/** How the server ended the stream. */
function endOf (data: string): LinkEnd {
  const { code, reason, reconnect } = parseJson(data)?.payload ?? {}
  if (typeof code !== 'number') return { code: LOST, reason: 'the close event cannot be read' }
  return { code, reason: String(reason), reconnect: ['yes', 'no', 'token'].includes(reconnect) ? reconnect : undefined }
}
