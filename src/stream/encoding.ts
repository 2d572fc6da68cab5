import type { Encoding } from '../hub/encoding.ts'
import { closeCodes, type CloseCode } from '../protocol/close-codes.ts'
import type { CloseFrame } from '../protocol/server-frames.ts'

/** Retry times of clients are spread over this range, milliseconds, so that they do not all come back at once. */
const MIN_RETRY_MS = 1_000
const MAX_RETRY_MS = 5_000

/** Characters of cursors. A `since` that is none is echoed in the welcome, and could break the lines of its frame. */
const CURSOR = /^[\w.-]+$/

/** What keeps a connection from being taken for dead: clients ignore it. */
export const COMMENT = Buffer.from(':\n\n')

/**
 * A frame as an event of a stream. JSON has no line breaks of its own, so one `data` line is enough.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function eventOf (type: string, cursor: string | undefined, text: string): Buffer {
  const id = cursor === undefined || !CURSOR.test(cursor) ? '' : `id: ${cursor}\n`
  return Buffer.from(`${id}event: ${type}\ndata: ${text}\n\n`)
}

/** Every frame as an event of `text/event-stream`. */
export const streamEncoding: Encoding = {
  name: 'sse',
  encodeEvent: (text, cursor, type) => Buffer.from(`id: ${cursor}\nevent: ${type}\ndata: ${text}\n\n`),
  encodeFrame: frame => eventOf(frame.type, 'cursor' in frame ? frame.cursor : undefined, JSON.stringify(frame))
}

/** What a stream begins with: when to come back, and a comment that shows that it is open. */
export function preamble (): Buffer {
  const retryMs = MIN_RETRY_MS + Math.floor(Math.random() * (MAX_RETRY_MS - MIN_RETRY_MS + 1))
  return Buffer.from(`retry: ${retryMs}\n\n: belfry\n\n`)
}

/** What a stream ends with, where a WebSocket would be closed with this code. */
export function closeEvent (code: CloseCode): Buffer {
  const { reason, reconnect } = closeCodes[code]
  const frame: CloseFrame = { type: 'close', payload: { code, reason, reconnect } }
  return eventOf('close', undefined, JSON.stringify(frame))
}
