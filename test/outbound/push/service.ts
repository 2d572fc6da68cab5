import { createECDH, createPublicKey, randomBytes, verify, type ECDH } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt } from 'http_ece'
import type { Test } from 'tap'
import type { PushPayload } from '../../../src/protocol/outbound/push.ts'
import { until } from '../../within.ts'

/** What a browser makes when a page subscribes. */
export class Browser {
  readonly subscription: { endpoint: string, expirationTime: null, keys: { p256dh: string, auth: string } }
  readonly #ecdh: ECDH
  readonly #auth: Buffer

  constructor (endpoint: string) {
    this.#ecdh = createECDH('prime256v1')
    this.#ecdh.generateKeys()
    this.#auth = randomBytes(16)
    this.subscription = { endpoint, expirationTime: null, keys: { p256dh: this.#ecdh.getPublicKey('base64url'), auth: this.#auth.toString('base64url') } }
  }

  open (message: Buffer): PushPayload {
    return JSON.parse(decrypt(message, { version: 'aes128gcm', privateKey: this.#ecdh, authSecret: this.#auth }).toString()) as PushPayload
  }
}

export interface Pushed { name: string, headers: IncomingHttpHeaders, bytes: number, payload: PushPayload }

/** A push service, as RFC 8030 and RFC 8292 want it: it answers 201, or what `answer` says, and takes nothing that they do not allow. */
export class PushService {
  /** What it took, in order. */
  readonly pushed: Pushed[] = []
  /** Whatever was asked of it. */
  calls = 0
  /** Why it refused something: for a test to find empty. */
  readonly faults: string[] = []
  readonly #browsers = new Map<string, Browser>()
  readonly #origin: string
  answer: (pushed: Pushed, response: ServerResponse) => number | undefined = () => 201

  private constructor (origin: string) {
    this.#origin = origin
  }

  static async open (t: Test): Promise<PushService> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => service.#take(request.url!, request.headers, Buffer.concat(chunks), response))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const service = new PushService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return service
  }

  /** A browser that subscribes here. */
  subscribe (name: string): Browser {
    const browser = new Browser(`${this.#origin}/push/${name}`)
    this.#browsers.set(`/push/${name}`, browser)
    return browser
  }

  /** Waits until so many have come. */
  async received (count: number): Promise<Pushed[]> {
    await until(`${count} pushes, ${this.pushed.length} so far; ${this.faults.join()}`, () => this.pushed.length >= count)
    return this.pushed
  }

  #take (path: string, headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void {
    this.calls++
    const browser = this.#browsers.get(path)
    const fault = !browser ? 'no subscription' : faultOf(headers, body, this.#origin)
    if (!browser || fault !== undefined) {
      this.faults.push(fault ?? '')
      response.writeHead(browser ? 400 : 404).end()
      return
    }
    const pushed = { name: path.slice('/push/'.length), headers, bytes: body.length, payload: browser.open(body) }
    this.pushed.push(pushed)
    const status = this.answer(pushed, response)
    if (status !== undefined) response.writeHead(status, status === 201 ? { location: `${path}/message` } : {}).end()
  }
}

/** What is wrong with a message. */
function faultOf (headers: IncomingHttpHeaders, body: Buffer, origin: string): string | undefined {
  if (!/^\d+$/.test(String(headers['ttl'])) || Number(headers['ttl']) > 28 * 86_400) return 'ttl'
  if (!/^(very-low|low|normal|high)$/.test(String(headers['urgency']))) return 'urgency'
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(String(headers['topic']))) return 'topic'
  if (headers['content-encoding'] !== 'aes128gcm') return 'content-encoding'
  if (body.length > 4_096) return 'size'
  const [, token, key] = /^vapid t=([^,]+), k=([A-Za-z0-9_-]{87})$/.exec(String(headers.authorization)) ?? []
  return token === undefined ? 'authorization' : faultOfToken(token, key!, origin)
}

/** RFC 8292 §2 and §4.2. */
export function faultOfToken (token: string, key: string, origin: string): string | undefined {
  const [head, claims, signature] = token.split('.') as [string, string, string]
  const point = Buffer.from(key, 'base64url')
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } })
  const { typ, alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
  if (typ !== 'JWT' || alg !== 'ES256') return 'token: its head'
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))) return 'token: its signature'
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string, exp: number, sub: string }
  if (aud !== origin) return `token: of ${aud}`
  const seconds = exp - Date.now() / 1000
  return seconds <= 0 || seconds > 86_400 || !sub.startsWith('mailto:') ? 'token: its end or its subject' : undefined
}
