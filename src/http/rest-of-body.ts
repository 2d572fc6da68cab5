import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

export interface RestBounds {
  /** How many bytes are read and thrown away. */
  bytes: number
  /** For how long, milliseconds. */
  ms: number
}

const BOUNDS: RestBounds = { bytes: 16 * 1024 * 1024, ms: 5_000 }

/**
 * Reads and throws away what is still to come of the body of a request that is being refused, up to some bounds, and keeps its
 * connection open meanwhile:
 *
 *     client   headers, body ─────────────────────────── end, reads the answer
 *     server         413, reads on, ─────────────────────── closes
 *
 * A connection that is closed while its peer still sends is reset, and the peer loses the answer: it sees a broken connection, and
 * tries again. RFC 9112 §9.6.
 */
export function discardRest (request: IncomingMessage, { bytes, ms }: RestBounds = BOUNDS): void {
  const { socket } = request
  if (request.complete || !(socket instanceof Socket) || socket.destroyed) return
  let isClosing = false
  let left = bytes
  // What Node calls after the last answer of a connection.
  socket.destroySoon = () => { isClosing = true }
  const finish = () => {
    clearTimeout(timer)
    request.off('data', count).off('end', finish).off('error', finish)
    socket.off('close', finish)
    delete (socket as Partial<Socket>).destroySoon
    if (isClosing) socket.destroySoon()
  }
  const giveUp = () => {
    isClosing = true
    finish()
  }
  const count = (chunk: Buffer) => { if ((left -= chunk.length) < 0) giveUp() }
  const timer = setTimeout(giveUp, ms).unref()
  request.on('data', count).on('end', finish).on('error', finish)
  socket.on('close', finish)
}
