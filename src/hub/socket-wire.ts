import type { Duplex } from 'node:stream'
import type WebSocket from 'ws'
import { closeCodes, type CloseCode } from '../close-codes.ts'
import type { Wire } from './connection.ts'

/**
 * A WebSocket as a wire: prebuilt frames go straight to the upgraded TCP socket. ws writes its own
 * frames (close, pong) whole and at once, as it compresses nothing itself, so the two do not mix.
 * `onClose` is told of the codes that it is closed with from here.
 */
export function socketWire (socket: WebSocket, stream: Duplex, onClose: (code: CloseCode) => void): Wire {
  return {
    isCompressed: socket.extensions.includes('permessage-deflate'),
    write (frames) {
      if (stream.writable && socket.readyState === socket.OPEN) stream.write(frames)
    },
    get unsent () {
      return stream.writableLength
    },
    drained () {
      if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const settle = () => {
        stream.off('drain', settle).off('close', settle)
        resolve()
      }
      stream.on('drain', settle).on('close', settle)
      return promise
    },
    close (code: CloseCode) {
      onClose(code)
      socket.close(code, closeCodes[code].reason)
    },
    terminate () {
      socket.terminate()
    }
  }
}
