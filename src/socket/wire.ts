import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type WebSocket from 'ws'
import type { Encoding } from '../hub/encoding.ts'
import { SinkWire, type CloseObserver } from '../session/sink-wire.ts'
import { closeCodes, type CloseCode } from '../protocol/close-codes.ts'
import { deflatedEncoding, PING, plainEncoding } from './frame.ts'

/** A WebSocket's `readyState` while frames can be sent. */
const OPEN = 1
const MAX_MISSED_PONGS = 2

/**
 * A WebSocket as a wire: prebuilt frames go straight to the upgraded TCP socket. ws writes its own
 * close frame whole and at once, so the two do not mix.
 * One instance per socket: each field costs memory times sockets.
 */
export class SocketWire extends SinkWire {
  readonly encoding: Encoding
  readonly #socket: WebSocket
  readonly #observer: CloseObserver
  #missedPongs = 0
  /** Bytes that the operating system had taken at the last ping. */
  #sentAtPing = 0

  constructor (socket: WebSocket, stream: Duplex, observer: CloseObserver) {
    super(stream)
    this.#socket = socket
    this.#observer = observer
    this.encoding = socket.extensions.includes('permessage-deflate') ? deflatedEncoding : plainEncoding
  }

  write (frames: Buffer): void {
    if (this.#socket.readyState === OPEN) this.sink.write(frames)
  }

  /** Sends a ping; cuts the socket instead if the last two were not answered. */
  ping (): void {
    const sent = (this.sink as Socket).bytesWritten - this.unsent
    // While the server does not read the socket, it sees no pongs: then it is enough that the peer takes bytes.
    if (this.#socket.isPaused && (this.unsent === 0 || sent > this.#sentAtPing)) this.#missedPongs = 0
    this.#sentAtPing = sent
    if (this.#missedPongs >= MAX_MISSED_PONGS) return this.terminate()
    this.#missedPongs += 1
    this.write(PING)
  }

  /** The peer answered a ping. */
  ponged (): void {
    this.#missedPongs = 0
  }

  close (code: CloseCode): void {
    this.#observer.closing(code)
    this.#socket.close(code, closeCodes[code].reason)
  }

  terminate (): void {
    this.#socket.terminate()
  }
}
