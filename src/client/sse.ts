import { LOST } from './connection/rules.ts'
import type { LinkEnd, Transport } from './connection/transport.ts'

/**
 * Frames over Server-Sent Events, for networks that let no WebSocket through: pass it as the second of
 * `transports: [webSocket, sse]`. It only receives; marks and sends go over REST. It reads the stream with `fetch`, because an
 * `EventSource` can send no `Authorization` header, hides the status of a refusal and repeats its URL when it reconnects.
 */
export const sse: Transport = {
  name: 'sse',
  open (target, events) {
    const aborter = new AbortController()
    const end = (end: LinkEnd) => {
      if (aborter.signal.aborted) return
      aborter.abort()
      events.onClose(end)
    }
    // Few networks need it, so what reads it is loaded when it is.
    import('./connection/stream.ts').then(({ readStream }) => readStream(target, events, aborter.signal)).then(end, error => end({ code: LOST, reason: String(error?.message ?? error) }))
    return { close: () => aborter.abort() }
  }
}
