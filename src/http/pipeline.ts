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
  /** Answers that were begun; those that have ended are removed when the next request arrives. */
  #begun: ServerResponse[] = []
  #isPausing = false

  constructor (socket: Socket, handler: RequestListener) {
    this.#socket = socket
    this.#handler = handler
  }

  /** Whether a request is being answered. */
  get isRunning (): boolean {
    return this.#begun.some(isRunning)
  }

  /** Whether several of its requests have no answer yet. */
  get isShared (): boolean {
    return this.#waiting.length > 0 || this.#begun.filter(isRunning).length > 1
  }

  /** Answers a request, now or after those before it; false if too many are waiting. */
  add (request: IncomingMessage, response: ServerResponse): boolean {
    this.#forgetEnded()
    if (this.#begun.length < MAX_RUNNING && this.#waiting.length === 0) {
      this.#start(request, response)
      return true
    }
    if (this.#waiting.length >= MAX_WAITING) return false
    this.#waiting.push([request, response])
    // Only now, because a listener per response is a cost that requests sent one by one need not pay.
    for (const begun of this.#begun) this.#watch(begun)
    this.#pause()
    return true
  }

  #start (request: IncomingMessage, response: ServerResponse): void {
    this.#begun.push(response)
    this.#handler(request, response)
  }

  #watch (response: ServerResponse): void {
    if (!response.listeners('close').includes(this.#startWaiting)) response.on('close', this.#startWaiting)
  }

  readonly #startWaiting = (): void => {
    this.#forgetEnded()
    if (this.#waiting.length === 0 || this.#socket.destroyed) return
    while (this.#waiting.length > 0 && this.#begun.length < MAX_RUNNING) {
      const [request, response] = this.#waiting.shift()!
      this.#watch(response)
      this.#start(request, response)
    }
    if (this.#waiting.length === 0) this.#socket.resume()
  }

  #forgetEnded (): void {
    // Mostly the one before, which has ended.
    if (this.#begun.length === 1 && !isRunning(this.#begun[0]!)) this.#begun.pop()
    else if (this.#begun.length > 0) this.#begun = this.#begun.filter(isRunning)
  }

  /** Stops reading while requests wait. Node resumes the socket after each request that it has read, so it is paused again each time. */
  #pause (): void {
    this.#socket.pause()
    if (this.#isPausing) return
    this.#isPausing = true
    this.#socket.on('resume', () => { if (this.#waiting.length > 0) this.#socket.pause() })
  }
}

const isRunning = (response: ServerResponse) => !response.closed
