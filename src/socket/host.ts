import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { SOCKET_PATH } from '../protocol/endpoint.ts'
import { closeCodes, type CloseCode } from '../protocol/close-codes.ts'
import type { Identity } from './services.ts'
import type { Host } from './opening.ts'
import type { Seat } from '../limits/seats.ts'
import type { Verb } from '../../schemas/client-frames.ts'

/** What the sockets of a node have in common: where their lines go, and who is told that an address has good credentials after all. */
export interface HostDeps { log: FastifyBaseLogger, spareAddress: (ip: string) => void }

/** What is known of the request that opened a socket: its id, whom a proxy says it is of, and whose credentials it had. */
interface Origin { id: string, ip: string | undefined, principal: string | undefined }

/** What a socket needs of the request that opened it, for as long as it is open; the request itself would be a dozen objects a socket. */
export class SocketHost implements Host {
  readonly #node: HostDeps
  readonly #seat: Seat
  readonly #stream: Socket
  readonly #requestId: string
  readonly #ip: string | undefined
  readonly #principal: string | undefined

  constructor (node: HostDeps, seat: Seat, stream: Socket, { id, ip, principal }: Origin) {
    this.#node = node
    this.#seat = seat
    this.#stream = stream
    this.#requestId = id
    this.#ip = ip
    this.#principal = principal
  }

  get ip (): string {
    return this.#ip ?? this.#stream.remoteAddress ?? ''
  }

  async claim (subject: string): Promise<void> {
    await this.#seat.claim(subject)
    this.#node.spareAddress(this.ip)
  }

  denied (verb: Verb, { id }: Identity): void {
    this.#node.log.warn({ ...this.#origin, verb, principal: id }, 'access denied')
  }

  failed (error: unknown): void {
    this.#node.log.error({ reqId: this.#requestId, err: error }, 'socket failed')
  }

  /** What the server closes a socket for is worth a line; who may not come in, the same as over REST. */
  closing (code: CloseCode): void {
    if (code === 4401 || code === 4403) this.#node.log.warn({ ...this.#origin, code, principal: this.#principal }, 'access denied')
    else this.#node.log.info({ reqId: this.#requestId, code }, closeCodes[code].reason)
  }

  /** A peer broke the protocol, which has its close code already; the rest is ours. */
  broke (error: Error & { code?: string }): boolean {
    if (error.code?.startsWith('WS_ERR')) return false
    this.#node.log.debug({ reqId: this.#requestId, err: error }, 'socket error')
    return true
  }

  closed (code: number): void {
    this.#node.log.debug({ reqId: this.#requestId, code }, 'socket closed')
  }

  get #origin () {
    return { reqId: this.#requestId, req: { method: 'GET', url: SOCKET_PATH, ip: this.ip } }
  }
}
