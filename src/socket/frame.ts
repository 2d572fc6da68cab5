import { constants, deflateRawSync } from 'node:zlib'
import type { Encoding } from '../hub/encoding.ts'

const TEXT = 0x81
const PONG = 0x8a
/** RSV1: the payload is compressed. RFC 7692 §6. */
const COMPRESSED_TEXT = 0xc1
/** Below this, the overhead of deflate is more than it saves. */
const MIN_COMPRESSED = 128
/** A sync flush ends with these bytes (00 00 ff ff), which the receiver adds again. RFC 7692 §7.2.1. */
const TAIL_BYTES = 4

/** An empty ping. RFC 6455 §5.5.2. */
export const PING = Buffer.from([0x89, 0x00])

/** The answer to a ping, with its payload of at most 125 bytes. RFC 6455 §5.5.3. */
export function pongFrame (payload: Buffer): Buffer {
  const frame = withHeader(PONG, payload.length)
  payload.copy(frame, frame.length - payload.length)
  return frame
}

/** A server's text frame, whole and unmasked, ready for the TCP socket. RFC 6455 §5.2. */
export function textFrame (text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = withHeader(TEXT, length)
  frame.write(text, frame.length - length)
  return frame
}

/** Like `textFrame`, but compressed without a context of earlier frames, so that one frame serves every socket. */
export function compressedFrame (text: string): Buffer {
  if (text.length < MIN_COMPRESSED) return textFrame(text)
  const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
  const length = deflated.length - TAIL_BYTES
  const frame = withHeader(COMPRESSED_TEXT, length)
  deflated.copy(frame, frame.length - length, 0, length)
  return frame
}

/** A frame with its header written and `length` bytes left for the payload. */
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

const encodeFrame = (frame: object) => textFrame(JSON.stringify(frame))

/** Every frame as a text frame. */
export const plainEncoding: Encoding = { name: 'ws', encodeEvent: textFrame, encodeFrame }

/** Events compressed, once for all sockets; a frame for one socket alone is not worth compressing. */
export const deflatedEncoding: Encoding = { name: 'ws-deflate', encodeEvent: compressedFrame, encodeFrame }
