import type { LogEvent } from '../store/store.ts'
import { formatCursor } from '../cursor.ts'

/** A server's text frame, whole and unmasked, ready for the TCP socket. RFC 6455 §5.2. */
export function textFrame (text: string): Buffer {
  const length = Buffer.byteLength(text)
  const headerLength = length < 126 ? 2 : length < 65536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerLength + length)
  frame[0] = 0x81
  if (headerLength === 2) {
    frame[1] = length
  } else if (headerLength === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headerLength)
  return frame
}

/** An empty ping. RFC 6455 §5.5.2. */
export const PING = Buffer.from([0x89, 0x00])

/** The frame of a log event. Its body is JSON already, so nothing is encoded twice. */
export function eventFrame (epoch: string, { seq, kind, id, body }: LogEvent): Buffer {
  const identity = id === null ? '' : `"id":${JSON.stringify(id)},`
  return textFrame(`{${identity}"type":"${kind}","cursor":"${formatCursor(epoch, seq)}","payload":${body}}`)
}

/** Whether sockets are told of an event; the others are between nodes. */
export function isPublic ({ kind }: LogEvent): boolean {
  return kind.startsWith('notification') || kind === 'inbox.read_all'
}
