import type { LogEvent } from '../log/event.ts'
import { formatCursor } from '../protocol/cursor.ts'
import type { ServerFrameOf } from '../protocol/server-frames.ts'

/** How the frames of one kind of transport look as bytes: plain WebSocket, deflated WebSocket, Server-Sent Events. */
export interface Encoding {
  /** Unique among encodings, without spaces: part of the names of cohorts. */
  readonly name: string
  /** Encodes a log event, given its frame as JSON text, with its cursor and type; every connection of this encoding is written the same bytes. */
  encodeEvent (text: string, cursor: string, type: string): Buffer
  /** Encodes a frame that is meant for one connection: `welcome`, `ok`, `error`… */
  encodeFrame (frame: OwnFrame): Buffer
}

/** A frame that is meant for one connection. All others are events of the log. */
export type OwnFrame = ServerFrameOf<'welcome' | 'caught_up' | 'gap' | 'subscribed' | 'token.expiring' | 'ok' | 'error' | 'pong'>

/** The JSON text of a log event's frame. The event's body is JSON already, so nothing is encoded twice. */
export function eventText (epoch: string, { seq, kind, id, body }: LogEvent): string {
  // The event of an edit has no id, because the notification has it.
  const shownId = kind === 'notification.updated' ? (JSON.parse(body) as { id: string }).id : id
  const identity = shownId === null ? '' : `"id":${JSON.stringify(shownId)},`
  return `{${identity}"type":"${kind}","cursor":"${formatCursor(epoch, seq)}","payload":${body}}`
}

/** The bytes of an event, one entry per encoding that was asked for. */
type Encoded = { encoding: Encoding, bytes: Buffer }[]

// Kept on the event itself: a WeakMap with thousands of entries slows down every garbage collection.
const ENCODED = Symbol('encoded')
type EncodedEvent = LogEvent & { [ENCODED]?: Encoded }

/** Encodes each event once per encoding, for the flush and for connections that resume soon after it. */
export class Frames {
  readonly #epoch: string

  constructor (epoch: string) {
    this.#epoch = epoch
  }

  of (event: EncodedEvent, encoding: Encoding): Buffer {
    const encoded = event[ENCODED] ??= []
    // There are two or three encodings, and most events are needed in one: faster than a Map.
    for (const known of encoded) if (known.encoding === encoding) return known.bytes
    const bytes = encoding.encodeEvent(eventText(this.#epoch, event), formatCursor(this.#epoch, event.seq), event.kind)
    encoded.push({ encoding, bytes })
    return bytes
  }
}

/** A user's own change of preferences, with another end of the quiet hours: that of now. Any other event is returned as it is. */
export function withQuietUntil (event: EncodedEvent, quietUntil: string | null): LogEvent {
  if (event.kind !== 'preferences.changed') return event
  const payload = JSON.parse(event.body) as object
  return 'quiet_until' in payload ? { ...event, [ENCODED]: [], body: JSON.stringify({ ...payload, quiet_until: quietUntil }) } as EncodedEvent : event
}

/** Whether clients see an event; the others are control events, for nodes only. */
export function isPublic ({ kind }: LogEvent): boolean {
  return kind.startsWith('notification') || kind.startsWith('inbox.') || kind === 'preferences.changed'
}
