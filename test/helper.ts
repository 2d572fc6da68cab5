import { once } from 'node:events'
import { STATUS_CODES } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import type { Test } from 'tap'
import { WebSocket, type ClientOptions } from 'ws'
import type { buildApp, Overrides } from '../src/app.ts'
import { errorCodes, type ErrorCode } from '../src/protocol/error-codes.ts'
import { within } from './within.ts'

export const SECRET = 'a-secret-for-tests-of-at-least-32-bytes'

export type App = Awaited<ReturnType<typeof buildApp>>
export interface Person { sub: string, role?: string, company?: string }

export const people = {
  root: { sub: 'root', role: 'admin' },
  alice: { sub: 'alice', role: 'admin', company: 'company_a' },
  bob: { sub: 'bob', role: 'user', company: 'company_a' },
  carol: { sub: 'carol', role: 'user', company: 'company_b' },
  dave: { sub: 'dave', role: 'admin', company: 'company_b' },
  erin: { sub: 'erin', role: 'user' }
} as const satisfies Record<string, Person>

const sign = createSigner({ key: SECRET, algorithm: 'HS256', iss: 'belfry', aud: 'belfry' })

/** A token as another backend mints it; `claims` override and extend. */
export function mint ({ sub, role = 'user', company }: Person, claims: Record<string, unknown> = {}): string {
  const now = Math.floor(Date.now() / 1000)
  return sign({ sub, role, ...(company === undefined ? {} : { company }), iat: now, exp: now + 900, ...claims })
}

export function bearer (person: Person): { authorization: string } {
  return { authorization: `Bearer ${mint(person)}` }
}

/** A ready application on a store of its own, closed when the test ends. */
export async function build (t: Test, env: Record<string, string> = {}, overrides: Overrides = {}): Promise<App> {
  // Loaded when it is needed: tests of servers that have processes of their own need only what else is here.
  const [{ buildApp }, { loadConfig }] = await Promise.all([import('../src/app.ts'), import('../src/config.ts')])
  const config = loadConfig({ DATABASE_URL: 'sqlite::memory:', JWT_SECRET: SECRET, LOG_LEVEL: 'silent', DRAIN_SECONDS: '1', RATE_LIMIT: '0', LOGIN_RATE_LIMIT: '0', ...env })
  const app = await buildApp(config, overrides)
  t.teardown(() => app.close())
  await app.ready()
  return app
}

/** An application that has seen everybody. */
export async function populate (t: Test): Promise<App> {
  const app = await build(t)
  for (const person of Object.values(people)) await call(app, person, 'GET', '/api/auth/me')
  return app
}

/** Who has a notification in the inbox. */
export async function readersOf (app: App, id: string): Promise<string[]> {
  const readers: string[] = []
  for (const person of Object.values(people)) {
    const { body } = await call(app, person, 'GET', '/api/notifications/me?limit=200')
    if (body.items.some((item: { id: string }) => item.id === id)) readers.push(person.sub)
  }
  return readers
}

/** A clock that a test sets forward; for an application built after it. */
export function clock (t: Test): { forward: (ms: number) => void } {
  const { now } = Date
  let offset = 0
  // Without `t.capture`, which keeps the arguments and the stack of every call: servers and timers ask for the time all along.
  Date.now = () => now() + offset
  t.teardown(() => { Date.now = now })
  return { forward: ms => { offset += ms } }
}

export interface Answer<T = any> { status: number, body: T, headers: Record<string, unknown> }

/** A request as a person, JSON both ways; a string goes as it is. */
export async function call (app: App, person: Person | null, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await app.inject({
    method,
    url,
    headers: { ...(person ? bearer(person) : {}), ...headers },
    ...(body === undefined ? {} : { payload: body as object })
  })
  return { status: response.statusCode, body: response.body === '' ? undefined : JSON.parse(response.body), headers: response.headers }
}

/** A body that is JSON by its header, whatever its text is. */
export async function post (app: App, person: Person | null, url: string, text: string | Buffer): Promise<Answer> {
  return await call(app, person, 'POST', url, text, { 'content-type': 'application/json' })
}

/** What tells the outside about our inside: stacks, statements, paths, names of modules. */
const LEAK = /\bat \S+ \(|:\d+:\d+|SELECT |INSERT |SQLITE|sqlite|node_modules|\.ts\b|file:|\/tmp\/|FST_|ERR_/
/** Where this checkout lies. */
const HERE = join(import.meta.dirname, '..')

/** Asserts an answer to be an error of the catalogue in the one shape of errors, giving nothing away. */
export function isProblem (t: Test, { status, body, headers }: Answer, code: ErrorCode, about: string = code): void {
  const [expected] = errorCodes[code]
  t.match({ status, type: headers['content-type'], body }, {
    status: expected,
    type: /^application\/problem\+json/,
    body: { type: 'about:blank', title: STATUS_CODES[expected], status: expected, code, detail: /^.+$/, request_id: /^[0-9a-f-]{36}$/ }
  }, about)
  if (expected === 401) t.equal(headers['www-authenticate'], 'Bearer', `${about}: says how to authenticate`)
  if (expected === 503) t.match(headers['retry-after'], /^[1-9]\d*$/, `${about}: says when to come back`)
  t.notMatch(JSON.stringify(body), LEAK, `${about}: gives nothing away`)
  t.notOk(JSON.stringify(body).includes(HERE), `${about}: nor where we lie`)
}

/** Sends bytes to a listening application and reads its answer until it closes the connection. */
export async function exchange (app: App, text: string): Promise<Answer> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', chunk => { received += chunk }).on('error', () => {})
  socket.write(text)
  await once(socket, 'close')
  const [head = '', ...rest] = received.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  return { status: Number(first.split(' ')[1]), headers, body: JSON.parse(rest.join('\r\n\r\n')) }
}

/** Listens on a free port; the address. */
export async function listen (app: App): Promise<string> {
  return await app.listen({ host: '127.0.0.1', port: 0 })
}

export interface Frame { id?: string, type: string, cursor?: string, reply_to?: string, payload?: any }

/** A subscriber that keeps every frame and lets a test wait for the next one, of a type or of any. */
export class Subscriber {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<{ code: number, reason: string }>
  #read = 0
  #wake: (() => void) | undefined

  constructor (url: string, options: ClientOptions & { protocols?: string[] } = {}) {
    const { protocols = [], ...rest } = options
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, rest)
    const { promise, resolve } = Promise.withResolvers<{ code: number, reason: string }>()
    this.closed = promise
    this.socket.on('message', data => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      this.#wake?.()
    })
    this.socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) })
      this.#wake?.()
    })
    // A refused upgrade ends in `close` too; who cares looks at `refusal`.
    this.socket.on('error', () => {})
  }

  /** Resolves when the upgrade is done. */
  async opened (): Promise<void> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open')
  }

  /** The next frame nobody has waited for yet; of `type` if given, passing over others. Fails once the socket is closed. */
  async next (type?: string): Promise<Frame> {
    while (true) {
      while (this.#read < this.frames.length) {
        const frame = this.frames[this.#read++]!
        if (type === undefined || frame.type === type) return frame
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed while waiting for ${type ?? 'a frame'}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await within(promise, type === undefined ? 'a frame' : `a ${type} frame`)
    }
  }

  send (frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** Sends a frame and waits for its answer. */
  async ask (frame: { id: string, type: string, payload?: unknown }): Promise<Frame> {
    this.send(frame)
    while (true) {
      const answer = await this.next()
      if (answer.reply_to === frame.id) return answer
    }
  }

  /**
   * Everything that came up to now, for saying that something did not: a filter changes at one place
   * in the log, before which everything is sent. Taking out a topic that it does not hold changes nothing.
   */
  async settled (): Promise<Frame[]> {
    const id = `settled-${this.frames.length}`
    this.send({ id, type: 'unsubscribe', payload: { topics: ['settled'] } })
    while (!this.frames.some(({ reply_to: replyTo }) => replyTo === id)) await this.next()
    return this.frames.filter(({ reply_to: replyTo }) => replyTo?.startsWith('settled-') !== true)
  }

  close (): void {
    this.socket.terminate()
  }
}

/** Opens an authenticated socket and waits for its welcome. */
export async function subscribe (t: Test, base: string, person: Person, query = ''): Promise<Subscriber> {
  const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { headers: bearer(person) })
  t.teardown(() => subscriber.close())
  await subscriber.next('welcome')
  return subscriber
}

/** A listening application, and a way to open authenticated sockets to it. */
export async function serve (t: Test, env: Record<string, string> = {}, overrides: Overrides = {}): Promise<{ app: App, base: string, open: (person: Person, query?: string) => Promise<Subscriber> }> {
  const app = await build(t, env, overrides)
  const base = await listen(app)
  return { app, base, open: (person, query) => subscribe(t, base, person, query) }
}

/** The status and problem a refused upgrade is answered with. */
export async function refusal (url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<Answer> {
  const { protocols = [], ...rest } = options
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, rest)
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  socket.on('unexpected-response', (_request, response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => {
      resolve({ status: response.statusCode!, body: JSON.parse(text), headers: response.headers })
    })
  })
  socket.on('open', () => {
    socket.terminate()
    reject(new Error('the upgrade was not refused'))
  })
  socket.on('error', reject)
  return await promise
}

export const hello = { title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings' }
