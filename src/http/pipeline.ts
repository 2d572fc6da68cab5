import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Answered at the same time for one connection. */
const MAX_RUNNING = 16
/** Read ahead of those; one read of a socket (64 KiB) rarely holds more, unless it is meant to harm. */
const MAX_WAITING = 256

/** The requests of one connection that have no answer yet, oldest first. */
export class Pipeline {
  readonly #socket: Socket
  readonly #handler: RequestListener
  readonly #waiting: [IncomingMessage, ServerResponse][] = []
  #running = 0
  #isPausing = false

  constructor (socket: Socket, handler: RequestListener) {
    this.#socket = socket
    this.#handler = handler
  }

  /** Whether something is being answered. */
  get isRunning (): boolean {
    return this.#running > 0
  }

  /** Has a request answered when it is its turn; false if too many wait. */
  take (request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#running < MAX_RUNNING) {
      this.#start(request, response)
      return true
    }
    if (this.#waiting.length >= MAX_WAITING) return false
    this.#waiting.push([request, response])
    this.#pause()
    return true
  }

  #start (request: IncomingMessage, response: ServerResponse): void {
    this.#running += 1
    response.on('close', () => this.#ended())
    this.#handler(request, response)
  }

  #ended (): void {
    this.#running -= 1
    if (this.#waiting.length === 0 || this.#socket.destroyed) return
    this.#start(...this.#waiting.shift()!)
    if (this.#waiting.length === 0) this.#socket.resume()
  }

  /** Node resumes a socket with each request it has read to its end, so once is not enough. */
  #pause (): void {
    this.#socket.pause()
    if (this.#isPausing) return
    this.#isPausing = true
    this.#socket.on('resume', () => { if (this.#waiting.length > 0) this.#socket.pause() })
  }
}
