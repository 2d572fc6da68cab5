import type { Dispatcher } from 'undici'
import { isClosed, isUpgrade, reasonOf, retryAfterOf } from './reason.ts'

/** An answer: nothing of its body is kept. */
export interface OutboundAnswer {
  status: number
  /** Milliseconds that `Retry-After` asks to wait. */
  retryAfterMs: number | undefined
}

/** How long the head of an answer may take, and what comes after it, milliseconds. */
export interface Times { timeoutMs: number, bodyMs: number }

/** The most of a body that is read so that its connection can be used again; with more, it is closed. */
const MAX_BODY_BYTES = 65_536
const SWITCHING_PROTOCOLS = 101

/** A request, and the head of its answer. Its `on…` are called by undici. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Where the request goes, and whether an answer came from there before. */
  connection: { isUsed: boolean } | undefined
  readonly #answer = Promise.withResolvers<OutboundAnswer>()
  readonly #send: (exchange: Exchange) => void
  readonly #bodyMs: number
  readonly #signal: AbortSignal | undefined
  readonly #onAbort = () => this.#giveUp('the call was broken off')
  #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | undefined
  #isSettled = false
  #isRepeated = false
  #bytes = 0

  /** `send`: gives it to undici, a second time if it must be. */
  constructor (send: (exchange: Exchange) => void, { timeoutMs, bodyMs }: Times, signal?: AbortSignal) {
    this.#send = send
    this.#bodyMs = bodyMs
    this.#signal = signal
    this.#timer = setTimeout(() => this.#giveUp(`no answer within ${timeoutMs / 1000} seconds`), timeoutMs)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (signal?.aborted) this.#onAbort()
    else send(this)
  }

  /** Rejects with an Error whose message says, in a few words for the owner of the address, why there is no answer. */
  get answer (): Promise<OutboundAnswer> {
    return this.#answer.promise
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It was given up while it waited for its connection.
    if (this.#isSettled) controller.abort(new Error('given up'))
  }

  onResponseStart (controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200 && status !== SWITCHING_PROTOCOLS) return
    this.#settle()
    const retryAfter = headers['retry-after']
    this.#answer.resolve({ status, retryAfterMs: retryAfterOf(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter) })
    // Nobody asked for another protocol.
    if (status === SWITCHING_PROTOCOLS) controller.abort(new Error('another protocol'))
    else this.#timer = setTimeout(() => controller.abort(new Error('a slow body')), this.#bodyMs).unref()
  }

  onResponseData (controller: Dispatcher.DispatchController, { length }: Buffer): void {
    this.#bytes += length
    if (this.#bytes > MAX_BODY_BYTES) controller.abort(new Error('a long body'))
  }

  onResponseEnd (): void {
    clearTimeout(this.#timer)
    if (this.connection) this.connection.isUsed = true
  }

  onResponseError (_controller: Dispatcher.DispatchController | null, error: Error): void {
    // It was broken off after its status was known, or given up.
    if (this.#isSettled) return clearTimeout(this.#timer)
    // Its server closed the connection at the moment it was used again.
    if (this.connection?.isUsed && !this.#isRepeated && isClosed(error)) {
      this.#isRepeated = true
      return queueMicrotask(() => { if (!this.#isSettled) this.#send(this) })
    }
    this.#settle()
    if (isUpgrade(error)) this.#answer.resolve({ status: SWITCHING_PROTOCOLS, retryAfterMs: undefined })
    else this.#answer.reject(new Error(reasonOf(error), { cause: error }))
  }

  #giveUp (reason: string): void {
    this.#settle()
    const error = new Error(reason)
    this.#answer.reject(error)
    this.#controller?.abort(error)
  }

  #settle (): void {
    this.#isSettled = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}
