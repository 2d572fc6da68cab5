import type { WebSocketLike } from '../../../src/client/connection/transport.ts'
import { settled } from './clock.ts'

/** A WebSocket whose other end is the test. */
export class FakeSocket implements WebSocketLike {
  readyState = 0
  onopen: ((event: any) => void) | null = null
  onmessage: ((event: any) => void) | null = null
  onclose: ((event: any) => void) | null = null
  onerror: ((event: any) => void) | null = null
  readonly url: URL
  readonly protocols: string[]
  readonly sent: any[] = []
  /** Whether the client closed it. */
  isClosed = false
  /** Whether pings are answered. */
  isAlive = true

  constructor (url: string, protocols: string[]) {
    this.url = new URL(url)
    this.protocols = protocols
  }

  /** The token that it was opened with. */
  get token (): string | undefined { return this.protocols[1]?.replace('bearer.', '') }
  get since (): string | null { return this.url.searchParams.get('since') }

  send (text: string): void {
    const frame = JSON.parse(text)
    this.sent.push(frame)
    if (frame.type === 'ping' && this.isAlive) queueMicrotask(() => this.frame({ type: 'pong' }))
  }

  close (): void { this.isClosed = true; this.readyState = 3 }

  open (): void {
    this.readyState = 1
    this.onopen?.({})
  }

  text (data: unknown): void { this.onmessage?.({ data }) }
  frame (frame: object): void { this.text(JSON.stringify(frame)) }

  /** Ends it from the server's side, or the network's. */
  end (code = 1006, reason = ''): void {
    this.readyState = 3
    this.onclose?.({ code, reason })
  }

  welcome (cursor = 'abcdefgh.1', payload: object = {}): void {
    this.open()
    const resume = this.since === null ? 'none' : 'complete'
    this.frame({ type: 'welcome', cursor: this.since ?? cursor, payload: { connection_id: 'c', user: { id: 'alice', role: 'user', created_at: '2026-01-01T00:00:00.000Z' }, unread_count: 0, unseen_count: 0, heartbeat_interval: 25, resume, ...payload } })
  }
}

export interface Request { method: string, path: string, token: string, body: any, signal: AbortSignal }
export interface Reply { status: number, body?: unknown, text?: string, headers?: Record<string, string> }

/** What clients connect to: keeps every socket and every request, and answers as the test says. */
export class FakeServer {
  readonly sockets: FakeSocket[] = []
  readonly requests: Request[] = []
  /** Answers a request; throws where no answer comes. */
  answer: (request: Request) => Reply | Promise<Reply> = () => { throw new TypeError('fetch failed') }

  get WebSocket () {
    const { sockets } = this
    return class extends FakeSocket {
      constructor (url: string, protocols: string[]) {
        super(url, protocols)
        sockets.push(this)
      }
    }
  }

  fetch = async (url: any, init: any): Promise<Response> => {
    const { pathname, search } = new URL(String(url))
    const request = { method: init.method, path: pathname + search, token: init.headers.authorization.replace('Bearer ', ''), body: init.body && JSON.parse(init.body), signal: init.signal }
    init.signal.throwIfAborted()
    this.requests.push(request)
    const aborted = new Promise<never>((_resolve, reject) => init.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))))
    // A request may be given up when its answer is there.
    aborted.catch(() => {})
    const { status, body, text = body === undefined ? null : JSON.stringify(body), headers = {} } = await Promise.race([this.answer(request), aborted])
    return new Response(text, { status, headers })
  }

  /** The newest socket, when everything is done that leads to it. */
  async socket (): Promise<FakeSocket> {
    await settled()
    const socket = this.sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
}

/** An answer of Belfry to `GET /api/auth/me`. */
export const me: Reply = { status: 200, body: { kind: 'user', id: 'alice', role: 'user' } }
export const refused: Reply = { status: 401, body: { code: 'BLF_UNAUTHENTICATED', detail: 'no', status: 401 } }
/** A promise that stays as it is. */
export const never = new Promise<never>(() => {})
