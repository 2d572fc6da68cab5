import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { BlockedError, Guard, type GuardOptions } from './guard.ts'

export interface OutboundOptions extends GuardOptions {
  /** How long a call may take, from its name being resolved to its answer's head, milliseconds. */
  timeoutMs?: number
  /** Certificates to trust besides the usual ones, PEM: for tests. */
  ca?: string
}

export interface OutboundCall {
  url: string
  headers: Record<string, string | number>
  body: string | Buffer
  signal?: AbortSignal | undefined
}

/** An answer: nothing of its body is kept. */
export interface OutboundAnswer {
  status: number
  /** Milliseconds that `Retry-After` asks to wait. */
  retryAfterMs: number | undefined
}

const TIMEOUT_MS = 15_000
const MAX_HEADER_BYTES = 16_384
/** The most of a body that is read so that its connection can be used again; with more, it is closed. */
const MAX_BODY_BYTES = 65_536
/** How long the body may take, milliseconds. */
const BODY_MS = 5_000
const KEEP_ALIVE_MS = 10_000

/**
 * Posts to addresses that others chose. It connects to nothing but the public internet, and to what the operator named; follows no
 * redirects; and reads of an answer only its head.
 */
export class OutboundClient {
  readonly #guard: Guard
  readonly #timeoutMs: number
  readonly #http = new HttpAgent({ keepAlive: true, keepAliveMsecs: 1_000, maxFreeSockets: 256, timeout: KEEP_ALIVE_MS })
  readonly #https: HttpsAgent

  constructor ({ timeoutMs = TIMEOUT_MS, ca, ...guard }: OutboundOptions = {}) {
    this.#guard = new Guard(guard)
    this.#timeoutMs = timeoutMs
    this.#https = new HttpsAgent({ keepAlive: true, keepAliveMsecs: 1_000, maxFreeSockets: 256, timeout: KEEP_ALIVE_MS, ...(ca === undefined ? {} : { ca }) })
  }

  /** The URL, if what it says may be called. Throws a BlockedError. */
  check (url: string): URL {
    return this.#guard.check(url)
  }

  /** Posts. Settles within `timeoutMs`, whatever comes. Rejects with an Error whose message says, in a few words for the owner of the address, why there is no answer. */
  async post (call: OutboundCall, isRepeated = false): Promise<OutboundAnswer> {
    const { url: text, headers, body, signal } = call
    const url = this.check(text)
    const [request, agent] = url.protocol === 'https:' ? [httpsRequest, this.#https] as const : [httpRequest, this.#http] as const
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const options: RequestOptions = {
      method: 'POST',
      agent,
      headers: { 'user-agent': 'Belfry', accept: '*/*', ...headers, 'content-length': Buffer.byteLength(body) },
      lookup: this.#guard.lookupFor(url),
      maxHeaderSize: MAX_HEADER_BYTES,
      ...(signal ? { signal } : {})
    }
    const sent: ClientRequest = request(url, options, resolve)
    sent.on('error', reject)
    // Nobody asked for another protocol: without a listener Node.js would drop the connection without a word.
    sent.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response)
    })
    sent.on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${this.#timeoutMs / 1000} seconds`))
      sent.destroy()
    }, this.#timeoutMs)
    sent.end(body)
    try {
      const response = await promise
      drop(response)
      return { status: response.statusCode!, retryAfterMs: retryAfterOf(response.headers['retry-after']) }
    } catch (error) {
      // Its server closed the connection at the moment it was used again.
      if (sent.reusedSocket && !isRepeated && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return await this.post(call, true)
      throw new Error(reasonOf(error as NodeJS.ErrnoException), { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends all connections. */
  close (): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

/** Reads the rest of an answer without keeping it, if it is short. */
function drop (response: IncomingMessage): void {
  let bytes = 0
  const timer = setTimeout(() => response.destroy(), BODY_MS).unref()
  response.on('data', (chunk: Buffer) => { if ((bytes += chunk.length) > MAX_BODY_BYTES) response.destroy() })
  response.on('close', () => clearTimeout(timer))
  // It was destroyed, or its server broke off: the status is known.
  response.on('error', () => {})
}

/** Seconds beyond which a wait is the same: for ever. */
const MAX_SECONDS = 1e9

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf (header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header) ? Math.min(Number(header), MAX_SECONDS) * 1000 : Date.parse(header) - Date.now()
  return ms >= 0 ? ms : undefined
}

/** Why a call has no answer, in words that tell nothing of this side's network. */
function reasonOf ({ code = '', message }: NodeJS.ErrnoException): string {
  if (code === 'BLOCKED' || message.startsWith('no answer')) return message
  if (/^(ENOTFOUND|EAI_)/.test(code)) return 'the name cannot be resolved'
  if (code === 'ECONNREFUSED') return 'the connection was refused'
  if (/^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code)) return 'the connection was closed'
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return 'the host cannot be reached'
  if (code === 'HPE_HEADER_OVERFLOW') return 'the headers of the answer are too large'
  if (code.startsWith('HPE_')) return 'the answer is not HTTP'
  if (/CERT|SELF_SIGNED|ISSUER|VERIFY|TLS|SSL|EPROTO/.test(code)) return 'the TLS connection cannot be trusted'
  if (code === 'ABORT_ERR') return 'the call was broken off'
  return 'the call failed'
}

export { BlockedError }
