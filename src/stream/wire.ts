import type { Socket } from 'node:net'
import { SinkWire, type CloseObserver } from '../session/sink-wire.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import { closeEvent, COMMENT, streamEncoding } from './encoding.ts'

/** How long a peer may take to read the last bytes of a stream. */
const CLOSE_TIMEOUT_MS = 2_000
/** After as many heartbeats without progress a peer that has bytes to read is cut. */
const MAX_STALLED_BEATS = 2

/** `writeQueueSize` is internal to Node. It shrinks while a large buffer is being read; `writableLength` does not until all of it is. */
type Sink = Socket & { _handle?: { writeQueueSize: number } | null }

/**
 * The answer to a request, which stays open, as a wire. Its head promises no length, so it ends when the connection does,
 * and events go straight to the TCP socket. That also suits proxies that ask with HTTP/1.0. RFC 9112 §6.3.
 * One instance per stream: each field costs memory times streams.
 */
export class StreamWire extends SinkWire<Sink> {
  #observer: CloseObserver | undefined
  #stalledBeats = 0
  /** How far the peer had got at the last heartbeat. */
  #progress = ''

  /** Sets who is told of the wire's close. */
  observe (observer: CloseObserver): void {
    this.#observer = observer
  }

  get encoding () {
    return streamEncoding
  }

  write (frames: Buffer): void {
    if (this.sink.writable) this.sink.write(frames)
  }

  /** Sends a comment; cuts the connection instead if its peer has read nothing for a while although there is something to read. */
  beat (): void {
    const { bytesWritten, _handle: handle } = this.sink
    const progress = `${bytesWritten - this.unsent} ${handle?.writeQueueSize ?? 0}`
    this.#stalledBeats = this.unsent > 0 && progress === this.#progress ? this.#stalledBeats + 1 : 0
    this.#progress = progress
    if (this.#stalledBeats >= MAX_STALLED_BEATS) return this.terminate()
    // Behind bytes that wait, it would tell the peer nothing.
    if (this.unsent === 0) this.write(COMMENT)
  }

  close (code: CloseCode): void {
    this.#observer?.closing(code)
    const { sink } = this
    if (!sink.writable) return
    sink.end(closeEvent(code))
    sink.destroySoon()
    const deadline = setTimeout(() => sink.destroy(), CLOSE_TIMEOUT_MS)
    sink.once('close', () => clearTimeout(deadline))
  }

  terminate (): void {
    this.sink.destroy()
  }
}
