import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import type { BelfryError } from '../errors.ts'
import type { ErrorCode } from '../protocol/error-codes.ts'
import { senderOf, type Principal } from '../identity/principal.ts'
import { refusalOf } from '../identity/refusal.ts'
import { SOCKET_PATH } from '../protocol/endpoint.ts'
import { reasonOf, type CloseCode } from '../protocol/close-codes.ts'
import type { Identity } from './services.ts'
import type { Host } from './opening.ts'
import type { Seat } from '../limits/seats.ts'
import type { Verb } from '../../schemas/socket/client-frames.ts'

/** What the sockets of a node have in common. */
export interface HostDeps {
  log: FastifyBaseLogger
  /** Told that an address has good credentials after all. */
  spareAddress: (ip: string) => void
  /** Told of errors that were answered. */
  countRefusal: (code: ErrorCode) => void
  /** Told of the code that a socket closed with. */
  countClose: (code: number) => void
}

type Who = Pick<Principal, 'kind' | 'id'>
/** What is known of the request that opened a socket. */
interface Upgrade {
  id: string
  /** The client's address as a proxy says it; without a proxy it is the peer's. */
  ip: string | undefined
  /** Whose credentials it had; absent if the first message has to bring them. */
  principal: Who | undefined
  /** The device as its query names it. */
  device: string | undefined
}

/** What a socket needs of the request that opened it, for as long as it is open; the request itself would be a dozen objects a socket. */
export class SocketHost implements Host {
  readonly #deps: HostDeps
  readonly #seat: Seat
  readonly #stream: Socket
  readonly #requestId: string
  readonly #ip: string | undefined
  readonly #device: string | undefined
  readonly #openedAt = performance.now()
  #kind: Who['kind'] | undefined
  #id: string | undefined
  /** What this side closed it with, which its peer may not live to confirm. */
  #code: CloseCode | undefined

  constructor (deps: HostDeps, seat: Seat, stream: Socket, { id, ip, principal, device }: Upgrade) {
    this.#deps = deps
    this.#seat = seat
    this.#stream = stream
    this.#requestId = id
    // Node forgets a peer's address with the connection, which has to stand in the line about its end.
    this.#ip = ip ?? stream.remoteAddress
    this.#device = device
    if (principal) this.#opened(principal)
  }

  get ip (): string {
    return this.#ip ?? ''
  }

  async claim ({ subject, principal }: Identity): Promise<void> {
    await this.#seat.claim(subject)
    this.#deps.spareAddress(this.ip)
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
    this.#deps.log.error({ reqId: this.#requestId, err: error }, 'socket failed')
  }

  closing (code: CloseCode): void {
    this.#code ??= code
  }

  /** A peer broke the protocol, which has its close code already; the rest is ours. */
  broke (error: Error & { code?: string }): boolean {
    if (error.code?.startsWith('WS_ERR')) return false
    this.#deps.log.debug({ reqId: this.#requestId, err: error }, 'socket error')
    return true
  }

  /** Who may not come in is a warning, the same as over REST. */
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
