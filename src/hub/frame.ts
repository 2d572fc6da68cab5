import { constants, deflateRawSync } from 'node:zlib'
import type { LogEvent } from '../log/event.ts'
import { formatCursor } from '../protocol/cursor.ts'

const TEXT = 0x81
/** RSV1: the payload is compressed. RFC 7692 §6. */
const COMPRESSED_TEXT = 0xc1
/** Below this, deflate's own words outweigh what it saves. */
const MIN_COMPRESSED = 128
/** What a sync flush ends with and the receiver puts back. RFC 7692 §7.2.1. */
const TAIL_BYTES = 4

/** A server's text frame, whole and unmasked, ready for the TCP socket. RFC 6455 §5.2. */
export function textFrame (text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = withHeader(TEXT, length)
  frame.write(text, frame.length - length)
  return frame
}

/** As `textFrame`, compressed by itself: no context is taken over, so one frame serves every socket. */
export function compressedFrame (text: string): Buffer {
  if (text.length < MIN_COMPRESSED) return textFrame(text)
  const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
  const length = deflated.length - TAIL_BYTES
  const frame = withHeader(COMPRESSED_TEXT, length)
  deflated.copy(frame, frame.length - length, 0, length)
  return frame
}

function withHeader (first: number, length: number): Buffer {
  const headerLength = length < 126 ? 2 : length < 65536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = first
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return frame
}

/** An empty ping. RFC 6455 §5.5.2. */
export const PING = Buffer.from([0x89, 0x00])

/** The text of a log event's frame. Its body is JSON already, so nothing is encoded twice. */
export function eventText (epoch: string, { seq, kind, id, body }: LogEvent): string {
  const identity = id === null ? '' : `"id":${JSON.stringify(id)},`
  return `{${identity}"type":"${kind}","cursor":"${formatCursor(epoch, seq)}","payload":${body}}`
}

// On the event itself: a WeakMap of thousands is work for every garbage collection.
const PLAIN = Symbol('plain frame')
const COMPRESSED = Symbol('compressed frame')
type Framed = LogEvent & { [PLAIN]?: Buffer, [COMPRESSED]?: Buffer }

/** Frames of events, each made once in each form, for the flush and for whoever comes back soon after it. */
export class Frames {
  readonly #epoch: string

  constructor (epoch: string) {
    this.#epoch = epoch
  }

  of (event: Framed, isCompressed: boolean): Buffer {
    const form = isCompressed ? COMPRESSED : PLAIN
    event[form] ??= (isCompressed ? compressedFrame : textFrame)(eventText(this.#epoch, event))
    return event[form]
  }
}

/** Whether sockets are told of an event; the others are between nodes. */
export function isPublic ({ kind }: LogEvent): boolean {
  return kind.startsWith('notification') || kind.startsWith('inbox.')
}
