import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type WebSocket from 'ws'
import { closeCodes, type CloseCode } from '../protocol/close-codes.ts'
import type { Wire } from '../hub/connection.ts'

/** A WebSocket's `readyState` while frames can be sent. */
const OPEN = 1

/** Is told of the codes that a socket is closed with from here. */
interface CloseWatcher { closing (code: CloseCode): void }

/**
 * A WebSocket as a wire: prebuilt frames go straight to the upgraded TCP socket. ws writes its own
 * frames (close, pong) whole and at once, as it compresses nothing itself, so the two do not mix.
 */
export class SocketWire implements Wire {
  readonly isCompressed: boolean
  readonly lane: Duplex
  readonly #socket: WebSocket
  readonly #watcher: CloseWatcher

  constructor (socket: WebSocket, stream: Duplex, watcher: CloseWatcher) {
    this.#socket = socket
    this.lane = stream
    this.#watcher = watcher
    this.isCompressed = socket.extensions.includes('permessage-deflate')
  }

  write (frames: Buffer): void {
    if (this.#socket.readyState === OPEN) this.lane.write(frames)
  }

  uncork (): void {
    setImmediate(() => this.lane.uncork())
  }

  get unsent (): number {
    return this.lane.writableLength
  }

  get sent (): number {
    return (this.lane as Socket).bytesWritten - this.lane.writableLength
  }

  get isPaused (): boolean {
    return this.#socket.isPaused
  }

  drained (): Promise<void> {
    const stream = this.lane
    if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const settle = () => {
      stream.off('drain', settle).off('close', settle)
      resolve()
    }
    stream.on('drain', settle).on('close', settle)
    return promise
  }

  close (code: CloseCode): void {
    this.#watcher.closing(code)
    this.#socket.close(code, closeCodes[code].reason)
  }

  terminate (): void {
    this.#socket.terminate()
  }
}
