import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { isOutage, type BelfryError } from '../errors.ts'
import type { ErrorCode } from '../protocol/error-codes.ts'
import { senderOf, type Principal } from '../rights/principal.ts'
import { refusalOf } from '../identity/refusal.ts'
import { SOCKET_PATH } from '../protocol/endpoint.ts'
import { reasonOf, type CloseCode } from '../protocol/close-codes.ts'
import type { Identity } from './services.ts'
import type { SocketObserver } from './opening.ts'
import type { Seat } from '../limits/seats.ts'
import type { Verb } from '../protocol/client-frames.ts'

/** What all reporters of a node share. */
export interface ReporterDeps {
  log: FastifyBaseLogger
  /** Called when an address that was charged for a socket has shown good credentials. */
  refundAddress: (ip: string) => void
  /** Counts the errors that clients were sent. */
  countRefusal: (code: ErrorCode) => void
  /** Counts the codes that sockets closed with. */
  countClose: (code: number) => void
}

type Who = Pick<Principal, 'kind' | 'id'>
/** The request that opened a socket. */
interface Upgrade {
  id: string
  /** The client's address if a trusted proxy forwarded it; otherwise it is the peer's. */
  ip: string | undefined
  /** Whose credentials it had; undefined if the first frame must have them. */
  principal: Who | undefined
  /** The device that its query names. */
  device: string | undefined
}

/**
 * Reports one socket to the log, the metrics and the limits. It keeps the few fields of the request
 * that log lines need: the request itself would keep a dozen objects in memory for each socket.
 */
export class SocketReporter implements SocketObserver {
  readonly #deps: ReporterDeps
  readonly #seat: Seat
  readonly #stream: Socket
  readonly #requestId: string
  readonly #ip: string | undefined
  readonly #device: string | undefined
  readonly #openedAt = performance.now()
  #kind: Who['kind'] | undefined
  #id: string | undefined
  /** The code that the server closed the socket with; the code that ws reports is 1006 if the peer never confirmed it. */
  #code: CloseCode | undefined

  constructor (deps: ReporterDeps, seat: Seat, stream: Socket, { id, ip, principal, device }: Upgrade) {
    this.#deps = deps
    this.#seat = seat
    this.#stream = stream
    this.#requestId = id
    // Read now: the log line of the socket's end needs it, and Node has no address for a closed connection.
    this.#ip = ip ?? stream.remoteAddress
    this.#device = device
    if (principal) this.#opened(principal)
  }

  get ip (): string {
    return this.#ip ?? ''
  }

  async claim ({ subject, principal }: Identity): Promise<void> {
    await this.#seat.claim(subject)
    this.#deps.refundAddress(this.ip)
    this.#opened(principal)
  }

  denied (verb: Verb): void {
    this.#deps.log.warn({ ...this.#line, verb }, 'access denied')
  }

  refused ({ code, statusCode }: BelfryError, cause: unknown): void {
    this.#deps.countRefusal(code)
    const refusal = refusalOf(cause)
    if (refusal) this.#deps.log.info({ reqId: this.#requestId, refusal }, 'credentials refused')
    if (statusCode >= 500) this.failed(cause)
  }

  failed (error: unknown): void {
    if (isOutage(error)) return this.#deps.log.warn({ ...this.#line, code: (error as BelfryError).code }, 'socket request failed')
    this.#deps.log.error({ reqId: this.#requestId, err: error }, 'socket failed')
  }

  closing (code: CloseCode): void {
    this.#code ??= code
  }

  /** For a violation of the protocol ws has sent a close frame already. */
  broke (error: Error & { code?: string }): boolean {
    if (error.code?.startsWith('WS_ERR')) return false
    this.#deps.log.debug({ reqId: this.#requestId, err: error }, 'socket error')
    return true
  }

  /** Refused access is a warning, as it is over REST. */
  closed (seen: number): void {
    const code = this.#code ?? seen
    this.#deps.countClose(code)
    const line = { ...this.#line, code, reason: reasonOf(code), ms: Math.round(performance.now() - this.#openedAt) }
    if (code === 4401 || code === 4403) this.#deps.log.warn(line, 'access denied')
    else this.#deps.log.info(line, 'socket closed')
  }

  #opened ({ kind, id }: Who): void {
    this.#kind = kind
    this.#id = id
    this.#deps.log.info(this.#line, 'socket opened')
  }

  get #line () {
    const principal = this.#kind === undefined ? undefined : senderOf({ kind: this.#kind, id: this.#id! })
    return { reqId: this.#requestId, path: SOCKET_PATH, principal, device: this.#device, remote_address: this.ip }
  }
}
