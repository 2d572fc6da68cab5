import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { isOutage, type BelfryError } from '../errors.ts'
import type { Seat } from '../limits/seats.ts'
import { reasonOf, type CloseCode } from '../protocol/close-codes.ts'
import { senderOf, type Principal } from '../rights/principal.ts'

/** What all reporters of a node share. */
export interface ReporterDeps {
  log: FastifyBaseLogger
  /** Counts the codes that connections closed with. */
  countClose: (code: number) => void
}

type Who = Pick<Principal, 'kind' | 'id'>

/** The request that opened a connection. */
export interface OpeningRequest {
  id: string
  /** The client's address if a trusted proxy forwarded it; otherwise it is the peer's. */
  ip: string | undefined
  /** Whose credentials it had; undefined if the first frame must have them. */
  principal: Who | undefined
  /** The device that its query names. */
  device: string | undefined
}

/**
 * Reports one connection to the log, the metrics and the limits. It keeps the few fields of the request
 * that log lines need: the request itself would keep a dozen objects in memory for each connection.
 */
export abstract class Reporter<Deps extends ReporterDeps = ReporterDeps> {
  protected readonly deps: Deps
  protected readonly seat: Seat
  protected readonly requestId: string
  readonly #ip: string | undefined
  readonly #device: string | undefined
  readonly #openedAt = performance.now()
  #kind: Who['kind'] | undefined
  #id: string | undefined
  /** The code that the server closed the connection with, whatever its peer made of it. */
  #code: CloseCode | undefined

  constructor (deps: Deps, seat: Seat, stream: Socket, { id, ip, principal, device }: OpeningRequest) {
    this.deps = deps
    this.seat = seat
    this.requestId = id
    // Read now: the log line of the connection's end needs it, and Node has no address for a closed connection.
    this.#ip = ip ?? stream.remoteAddress
    this.#device = device
    if (principal) this.opened(principal)
  }

  /** What log lines call the connection. */
  protected abstract get noun (): string
  protected abstract get path (): string

  /** The address that the connection was opened from. */
  get ip (): string {
    return this.#ip ?? ''
  }

  /** Something failed that is the server's fault. */
  failed (error: unknown): void {
    if (isOutage(error)) return this.deps.log.warn({ ...this.line, code: (error as BelfryError).code }, `${this.noun} request failed`)
    this.deps.log.error({ reqId: this.requestId, err: error }, `${this.noun} failed`)
  }

  /** The server is about to close the connection with this code. */
  closing (code: CloseCode): void {
    this.#code ??= code
  }

  /** The connection is gone. Refused access is a warning, as it is over REST. */
  closed (seen: number): void {
    const code = this.#code ?? seen
    this.deps.countClose(code)
    const line = { ...this.line, code, reason: reasonOf(code), ms: Math.round(performance.now() - this.#openedAt) }
    if (code === 4401 || code === 4403) this.deps.log.warn(line, 'access denied')
    else this.deps.log.info(line, `${this.noun} closed`)
  }

  protected opened ({ kind, id }: Who): void {
    this.#kind = kind
    this.#id = id
    this.deps.log.info(this.line, `${this.noun} opened`)
  }

  protected get line () {
    const principal = this.#kind === undefined ? undefined : senderOf({ kind: this.#kind, id: this.#id! })
    return { reqId: this.requestId, path: this.path, principal, device: this.#device, remote_address: this.ip }
  }
}
