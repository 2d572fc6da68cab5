import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How many requests of one connection are answered at the same time. */
const MAX_RUNNING = 16
/** How many more may wait. One read of a socket (64 KiB) rarely holds so many, unless it is an attack. */
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

  /** Whether a request is being answered. */
  get isRunning (): boolean {
    return this.#running > 0
  }

  /** Answers a request, now or after those before it; false if too many are waiting. */
  add (request: IncomingMessage, response: ServerResponse): boolean {
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

  /** Stops reading while requests wait. Node resumes the socket after each request that it has read, so it is paused again each time. */
  #pause (): void {
    this.#socket.pause()
    if (this.#isPausing) return
    this.#isPausing = true
    this.#socket.on('resume', () => { if (this.#waiting.length > 0) this.#socket.pause() })
  }
}
