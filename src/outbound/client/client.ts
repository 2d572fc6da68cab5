import { createRequire } from 'node:module'
import type { Agent } from 'undici'
import type * as agent from './agent.ts'
import { Exchange, type OutboundAnswer, type Times } from './exchange.ts'
import { BlockedError, Guard, type GuardOptions } from './guard.ts'

const require = createRequire(import.meta.url)

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
/** With more connections than these, to whatever servers, none is kept after its call. */
const MAX_KEPT = 256

/**
 * Posts to addresses that others chose. It connects to nothing but the public internet, and to what the operator named; follows no
 * redirects; and reads of an answer only its head.
 */
export class OutboundClient {
  readonly #guard: Guard
  readonly #times: Times
  readonly #ca: string | undefined
  #agent: Agent | undefined
  #isClosed = false
  /** How many connections are open. */
  #open = 0

  constructor ({ timeoutMs = TIMEOUT_MS, bodyMs = BODY_MS, ca, ...guard }: OutboundOptions = {}) {
    this.#guard = new Guard(guard)
    this.#times = { timeoutMs, bodyMs }
    this.#ca = ca
  }

  /** The URL, if what it says may be called. Throws a BlockedError. */
  check (url: string): URL {
    return this.#guard.check(url)
  }

  /** Posts. Settles within `timeoutMs`, whatever comes. Rejects with an Error whose message says, in a few words for the owner of the address, why there is no answer. */
  async post ({ url, headers, body, signal }: OutboundCall): Promise<OutboundAnswer> {
    const { origin, pathname, search } = this.check(url)
    const request = { origin, path: pathname + search, method: 'POST', headers: { 'user-agent': 'Belfry', accept: '*/*', ...headers }, body, reset: this.#open >= MAX_KEPT }
    if (this.#isClosed) throw new Error('the call was broken off')
    const agent = this.#agent ??= this.#openAgent()
    return await new Exchange(exchange => agent.dispatch(request, exchange), this.#times, signal).answer
  }

  /** Ends all connections; there are no calls from now on. */
  close (): void {
    this.#isClosed = true
    this.#agent?.destroy(() => {})
  }

  #openAgent (): Agent {
    // Loading it is a tenth of a start, and most servers call nobody.
    const { openAgent } = require('./agent.ts') as typeof agent
    const { timeoutMs } = this.#times
    return openAgent({ lookupFor: protocol => this.#guard.lookupFor(protocol), timeoutMs, ca: this.#ca })
      .on('connect', () => { this.#open++ })
      .on('disconnect', () => { this.#open-- })
  }
}

export { BlockedError }
