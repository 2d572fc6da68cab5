import type { CloseCode } from '../close-codes.ts'
import { isBelfryError, problem, type FieldError } from '../errors.ts'
import type { ClientFrame, Verb } from '../../schemas/client-frames.ts'
import { attach } from './attach.ts'
import { Connection, type Wire } from './connection.ts'
import { PING, textFrame } from './frame.ts'
import { handlers } from './handlers/index.ts'
import type { Answer, Context, Handler } from './handlers/context.ts'
import type { Hub } from './hub.ts'
import { BadFrames, Flood, parseFrame, type Validate } from './incoming.ts'
import type { Identity, Services } from './services.ts'
import type { TopicFilter } from './topics.ts'
import type { Deadline, Wheel } from './wheel.ts'

export interface SessionOptions {
  id: string
  hub: Hub
  services: Services
  wheel: Wheel
  wire: Wire
  validate: Validate
  maxUnsent: number
  /** Known if the upgrade carried credentials; else the first message must. */
  identity?: Identity | undefined
  since?: string | undefined
  topics: TopicFilter
  /** Takes it that the socket is this subject's; throws if that has too many. */
  claim: (subject: string) => Promise<void>
  /** Whether a flood of frames is more than a socket may send. */
  isFloodLimited: boolean
  /** Told of verbs that were asked for without the right to. */
  onDenied: (verb: Verb, identity: Identity) => void
  /** Told of faults that are ours. */
  onFault: (error: unknown) => void
}

export const HEARTBEAT_SECONDS = 25
export const AUTH_SECONDS = 5
const EXPIRY_WARNING_SECONDS = 60
const MAX_QUEUED = 64

/** One socket's life: authentication, frames in order, heartbeat, token expiry. */
export class Session {
  readonly #options: SessionOptions
  readonly #bad = new BadFrames()
  readonly #flood = new Flood()
  #context: Context | undefined
  #work: Promise<void> = Promise.resolve()
  #queued = 0
  #missedPongs = 0
  #isEnded = false
  #isClosing = false
  #heartbeat: Deadline | undefined
  #expiry: Deadline | undefined
  #authDeadline: Deadline | undefined

  constructor (options: SessionOptions) {
    this.#options = options
    this.#beat()
    if (options.identity) this.#work = this.#begin(options.identity)
    else this.#authDeadline = options.wheel.after(AUTH_SECONDS, () => this.#close(4408))
  }

  /** A message came; frames are worked off one after the other, in their order. */
  receive (data: string): void {
    if (this.#isOver || this.#isFlooded()) return
    this.#queued += 1
    this.#work = this.#work.then(() => this.#handle(data)).finally(() => { this.#queued -= 1 })
  }

  /** Whether so many frames wait that the socket should not be read for now. */
  get isBusy (): boolean {
    return this.#queued >= MAX_QUEUED
  }

  /** Resolves when every frame that came has been answered. */
  settled (): Promise<void> {
    return this.#work
  }

  /** A control frame of the client's own came: a ping. */
  ping (): void {
    this.#isFlooded()
  }

  pong (): void {
    this.#missedPongs = 0
  }

  /** Binary data, which has no meaning here. */
  receiveBinary (): void {
    this.#close(1003)
  }

  /** The socket is gone. */
  ended (): void {
    this.#isEnded = true
    const { wheel, hub } = this.#options
    for (const deadline of [this.#heartbeat, this.#expiry, this.#authDeadline]) wheel.cancel(deadline)
    if (!this.#context) return
    this.#context.connection.isClosed = true
    hub.remove(this.#context.connection)
  }

  async #begin (identity: Identity, replyTo?: string): Promise<void> {
    const { id, hub, services, wire, wheel, topics, maxUnsent, since } = this.#options
    wheel.cancel(this.#authDeadline)
    const connection = new Connection(id, wire, { sessionId: undefined, ...identity }, topics, maxUnsent)
    this.#context = { hub, services, connection, identity, renew: renewed => this.#renew(renewed) }
    this.#awaitExpiry(identity)
    try {
      await attach(connection, { hub, services, identity, since, replyTo, heartbeatSeconds: HEARTBEAT_SECONDS })
    } catch (error) {
      if (isBelfryError(error) && error.statusCode === 401) return this.#close(4401)
      this.#options.onFault(error)
      this.#close(1011)
    }
  }

  async #handle (data: string): Promise<void> {
    if (this.#isOver) return
    const parsed = parseFrame(data, this.#options.validate)
    if ('error' in parsed) {
      this.#fail(parsed.error, parsed.replyTo)
      // Before it is authenticated, a socket gets one try.
      if (!this.#context) this.#close(4401)
      else if (this.#bad.isTooMany()) this.#close(4400)
      return
    }
    const { frame } = parsed
    try {
      if (this.#context) this.#answer(await dispatch(this.#context, frame), frame.id)
      else await this.#authenticate(frame)
    } catch (error) {
      this.#fail(error, frame.id)
      if (this.#context && isBelfryError(error) && error.statusCode === 403) this.#options.onDenied(frame.type, this.#context.identity)
      if (!this.#context) this.#close(isBelfryError(error) && error.statusCode === 429 ? 4429 : 4401)
    }
  }

  #isFlooded (): boolean {
    if (!this.#options.isFloodLimited || !this.#flood.isTooMany()) return false
    this.#close(4429)
    return true
  }

  async #authenticate (frame: ClientFrame): Promise<void> {
    if (frame.type !== 'auth') throw problem('BLF_UNAUTHENTICATED', 'The first frame must be `auth`.')
    const identity = await this.#options.services.authenticate(frame.payload.token)
    if (this.#isOver) return
    await this.#options.claim(identity.subject)
    if (this.#isOver) return
    await this.#begin(identity, frame.id)
  }

  #renew (identity: Identity): void {
    this.#context!.identity = identity
    this.#context!.connection.sessionId = identity.sessionId
    this.#awaitExpiry(identity)
  }

  #awaitExpiry ({ expiresAt }: Identity): void {
    const { wheel } = this.#options
    wheel.cancel(this.#expiry)
    if (expiresAt === null) return
    const left = expiresAt - Date.now() / 1000
    const expire = () => this.#close(4401)
    const warn = () => {
      this.#send({ type: 'token.expiring', payload: { expires_at: new Date(expiresAt * 1000).toISOString() } })
      this.#expiry = wheel.after(expiresAt - Date.now() / 1000, expire)
    }
    this.#expiry = wheel.after(left - EXPIRY_WARNING_SECONDS, warn)
  }

  #beat (): void {
    const { wheel, wire } = this.#options
    this.#heartbeat = wheel.after(HEARTBEAT_SECONDS, () => {
      if (this.#missedPongs >= 2) return wire.terminate()
      this.#missedPongs += 1
      wire.write(PING)
      this.#beat()
    })
  }

  #answer (answer: Answer, replyTo: string | undefined): void {
    this.#reply({ ...answer, reply_to: replyTo }, true)
  }

  #fail (error: unknown, replyTo: string | undefined): void {
    const known = isBelfryError(error) ? error : problem('BLF_INTERNAL')
    if (known.statusCode >= 500) this.#options.onFault(error)
    const errors: FieldError[] | undefined = known.errors
    this.#reply({ type: 'error', reply_to: replyTo, payload: { code: known.code, detail: known.message, errors } }, false)
  }

  #reply (frame: object, isDone: boolean): void {
    const connection = this.#context?.connection
    if (connection?.isHeld) this.#options.hub.release(connection, frame, isDone)
    else this.#send(frame)
  }

  #send (frame: object): void {
    if (this.#context) this.#context.connection.send(frame)
    else if (!this.#isEnded) this.#options.wire.write(textFrame(JSON.stringify(frame)))
  }

  /** Closed, or told so: what its peer still sends is not acted on. */
  get #isOver (): boolean {
    return this.#isEnded || this.#isClosing || this.#context?.connection.isClosed === true
  }

  #close (code: CloseCode): void {
    this.#isClosing = true
    if (this.#context) this.#context.connection.close(code)
    else this.#options.wire.close(code)
  }
}

function dispatch<V extends Verb> (context: Context, frame: ClientFrame<V>): Answer | Promise<Answer> {
  return (handlers[frame.type as V] as Handler<V>)(context, frame.payload as ClientFrame<V>['payload'])
}
