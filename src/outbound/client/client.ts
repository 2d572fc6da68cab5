import { Agent, buildConnector, Pool } from 'undici'
import { Connection, Exchange, type OutboundAnswer, type Times } from './exchange.ts'
import { BlockedError, Guard, type GuardOptions } from './guard.ts'

export interface OutboundOptions extends GuardOptions {
  /** How long a call may take, from its name being resolved to its answer's head, milliseconds. */
  timeoutMs?: number
  /** How long the rest of an answer is read after its head, so that its connection can be used again, milliseconds. */
  bodyMs?: number
  /** Certificates to trust besides the usual ones, PEM: for tests. */
  ca?: string
}

export interface OutboundCall {
  url: string
  headers: Record<string, string>
  body: string | Buffer
  signal?: AbortSignal | undefined
}

const TIMEOUT_MS = 15_000
const BODY_MS = 5_000
const MAX_HEADER_BYTES = 16_384
const KEEP_ALIVE_MS = 10_000
/** With more connections than these, to whatever servers, none is kept after its call. */
const MAX_KEPT = 256

/**
 * Posts to addresses that others chose. It connects to nothing but the public internet, and to what the operator named; follows no
 * redirects; and reads of an answer only its head.
 */
export class OutboundClient {
  readonly #guard: Guard
  readonly #times: Times
  readonly #agent: Agent
  /** How many connections are open. */
  #open = 0

  constructor ({ timeoutMs = TIMEOUT_MS, bodyMs = BODY_MS, ca, ...guard }: OutboundOptions = {}) {
    this.#guard = new Guard(guard)
    this.#times = { timeoutMs, bodyMs }
    // Without sessions: one that is resumed is trusted without a look at the certificate that its server has now.
    const connectorOf = (protocol: string) => buildConnector({ lookup: this.#guard.lookupFor(protocol), timeout: timeoutMs, allowH2: false, maxCachedSessions: 0, ...(ca === undefined ? {} : { ca }) })
    const [http, https] = [connectorOf('http:'), connectorOf('https:')]
    this.#agent = new Agent({
      allowH2: false,
      connect: (options, callback) => (options.protocol === 'https:' ? https : http)(options, callback),
      factory: (origin, options) => new Pool(origin, { ...options, factory: (to, own) => new Connection(to, own) }),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // An exchange has times of its own.
      headersTimeout: 0,
      bodyTimeout: 0
    })
    this.#agent.on('connect', () => { this.#open++ }).on('disconnect', () => { this.#open-- })
  }

  /** The URL, if what it says may be called. Throws a BlockedError. */
  check (url: string): URL {
    return this.#guard.check(url)
  }

  /** Posts. Settles within `timeoutMs`, whatever comes. Rejects with an Error whose message says, in a few words for the owner of the address, why there is no answer. */
  async post ({ url, headers, body, signal }: OutboundCall): Promise<OutboundAnswer> {
    const { origin, pathname, search } = this.check(url)
    const request = { origin, path: pathname + search, method: 'POST', headers: { 'user-agent': 'Belfry', accept: '*/*', ...headers }, body, reset: this.#open >= MAX_KEPT }
    return await new Exchange(exchange => this.#agent.dispatch(request, exchange), this.#times, signal).answer
  }

  /** Ends all connections. */
  close (): void {
    this.#agent.destroy(() => {})
  }
}

export { BlockedError }
