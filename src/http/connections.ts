import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { problem } from '../errors.ts'
import { respondWithProblem } from './problem.ts'
import { Pipeline } from './pipeline.ts'

/** Why a connection was cut: too many requests were sent without waiting for answers, or answers are not read. */
export type CutReason = 'pipelined' | 'unread'

const PIPELINE = Symbol('pipeline')
const STALL = Symbol('stall')
const STREAM = Symbol('stream')
/** Since when a connection's peer has read nothing (monotonic milliseconds), and how many bytes wait for it. */
interface Stall { since: number, left: number }
/** `writeQueueSize` is internal to Node. It shrinks while a large response is being read; `writableLength` does not change until all of it is. */
type Connection = Socket & { [PIPELINE]?: Pipeline | undefined, [STALL]?: Stall, [STREAM]?: true, _handle?: { writeQueueSize: number } | null }

/** How many times a stalled connection is checked before it is cut. */
const CHECKS = 15

/**
 * HTTP servers that bound what a connection costs: only a few of its requests are answered at a time, and a
 * connection whose peer reads nothing of its answers is cut. Node alone answers as fast as requests arrive and
 * buffers what the peer does not read.
 */
export class Connections {
  /** Called for each connection that is cut. */
  onCut: (reason: CutReason, address: string | undefined) => void = () => {}
  readonly #unreadMs: number

  /** `unreadMs`: how long a peer may read nothing while something is sent to it. */
  constructor (unreadMs: number) {
    this.#unreadMs = unreadMs
  }

  serve (handler: RequestListener, options: ServerOptions & { keepAliveTimeout: number, requestTimeout: number }): Server {
    const server = createServer({ ...options, requireHostHeader: false }, (request, response) => this.#admit(request, response, handler))
    const checkMs = this.#unreadMs / CHECKS
    server.setTimeout(checkMs)
    // With a listener for `timeout`, Node leaves it to the listener to end the connection.
    server.on('timeout', (socket: Connection) => {
      // After the last response, the timeout is Node's longer one, for the next request.
      if (socket.timeout === Math.trunc(checkMs) && !this.#isStalled(socket, checkMs)) socket.setTimeout(checkMs)
      else if (socket.writableLength > 0) this.#cut(socket, 'unread')
      else if (!socket[PIPELINE]?.isRunning) socket.destroy()
    })
    server.on('checkExpectation', (request, response) => {
      if (isStream(request.socket)) this.#cut(request.socket, 'pipelined')
      else respondWithProblem(response, problem('BLF_EXPECTATION_FAILED'))
    })
    return server
  }

  /**
   * Hands a connection over to an answer that has no end, which from now on bounds itself what waits for its peer. A
   * further request cuts the connection. False, and nothing is changed, if other requests of the connection are not answered yet.
   */
  handOver (socket: Socket): boolean {
    const connection = socket as Connection
    if (connection[PIPELINE]?.isShared) return false
    connection[PIPELINE] = undefined
    connection[STREAM] = true
    socket.setTimeout(0)
    return true
  }

  /** Whether the peer has read nothing for `unreadMs`. */
  #isStalled (socket: Connection, checkMs: number): boolean {
    const now = performance.now()
    const left = socket._handle?.writeQueueSize ?? 0
    // Nothing has moved since the previous check: otherwise Node would not have emitted `timeout`.
    if (socket[STALL]?.left !== left) socket[STALL] = { since: now - checkMs, left }
    return now - socket[STALL].since >= this.#unreadMs
  }

  #admit (request: IncomingMessage, response: ServerResponse, handler: RequestListener): void {
    // Node no longer knows that the connection is being answered, and would mix another answer into the stream.
    if (isStream(request.socket)) return this.#cut(request.socket, 'pipelined')
    // RFC 9112 §3.2. Node's own check is off, because its answer has no body.
    if (request.headers.host === undefined && request.httpVersion === '1.1') return respondWithProblem(response, problem('BLF_BAD_REQUEST', 'A Host header is required.'))
    const socket = request.socket as Connection
    if (socket.destroyed) return
    const pipeline = socket[PIPELINE] ??= new Pipeline(socket, handler)
    if (!pipeline.add(request, response)) this.#cut(socket, 'pipelined')
  }

  #cut (socket: Socket, reason: CutReason): void {
    this.onCut(reason, socket.remoteAddress)
    // A reset, so that the kernel keeps no answers for a peer that does not read them.
    socket.resetAndDestroy()
  }
}

/** Whether a connection was handed over to an answer that has no end. */
export function isStream (socket: Socket): boolean {
  return (socket as Connection)[STREAM] === true
}
