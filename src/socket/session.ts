import type { Verb } from '../protocol/client-frames.ts'
import { isBelfryError } from '../errors.ts'
import { attach } from '../hub/attach.ts'
import { Connection, type ReplyAfter } from '../hub/connection.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { Deadline } from '../hub/wheel.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import { closeCodeFor, errorFrame } from './failure.ts'
import { pongFrame } from './frame.ts'
import { FrameQueue } from './frame-queue.ts'
import type { Context } from './handlers/context.ts'
import { dispatch } from './handlers/index.ts'
import { BadFrames, parseFrame, type Parsed } from './incoming.ts'
import type { Opening, SessionDeps, SocketObserver, SocketSession } from './opening.ts'
import type { Identity } from './services.ts'
import type { SocketWire } from './wire.ts'

export const HEARTBEAT_SECONDS = 25
const EXPIRY_WARNING_SECONDS = 60
/** Frames that need not wait for the frames before them. */
const URGENT: ReadonlySet<Verb> = new Set(['auth', 'ping'])

/**
 * An authenticated socket: handles its frames, sends heartbeats, and closes it when its token expires.
 * One instance per socket: each field costs memory times sockets.
 */
export class Session implements SocketSession {
  readonly #deps: SessionDeps
  readonly observer: SocketObserver
  readonly #wire: SocketWire
  readonly #queue: FrameQueue
  readonly #connection: Connection
  #identity: Identity
  #badFrames: BadFrames | undefined
  #heartbeat: Deadline
  /** When the token expires, or when the client is to be warned of that. */
  #expiry: Deadline | undefined

  constructor (deps: SessionDeps, { id, wire, observer, topics }: Opening, identity: Identity, queue = new FrameQueue()) {
    this.#deps = deps
    this.observer = observer
    this.#wire = wire
    this.#queue = queue
    this.#connection = new Connection(id, wire, identity, topics, deps.maxUnsent)
    this.#identity = identity
    this.#heartbeat = deps.wheel.after(HEARTBEAT_SECONDS, this)
    this.#awaitExpiry(identity)
  }

  /** Attaches a socket that was authenticated by its upgrade; frames wait for that. */
  begin (since: string | undefined): void {
    this.#queue.waitFor(this.attach(since))
  }

  /**
   * Welcomes the socket, replays what it missed, and makes it live. Urgent frames wait for the welcome
   * only. `replyTo`: the frame that authenticated it.
   */
  async attach (since: string | undefined, replyTo?: string): Promise<void> {
    const { hub, services } = this.#deps
    const identity = this.#identity
    const { promise: welcomed, resolve } = Promise.withResolvers<void>()
    this.#queue.delayUrgent(welcomed)
    const onWelcome = () => {
      this.#wire.uncork()
      resolve()
    }
    try {
      const currentSubscriber = () => services.currentSubscriber(identity)
      await attach(this.#connection, { hub, services, currentSubscriber, since, replyTo, heartbeatSeconds: HEARTBEAT_SECONDS, onWelcome })
      this.#queue.trim()
    } catch (error) {
      const code = closeCodeFor(error)
      if (code === 1011) this.observer.failed(error)
      this.#close(code)
      resolve()
    }
  }

  receive (data: string): void {
    if (this.#connection.isClosed || this.#isFlooded()) return
    const parsed = parseFrame(data, this.#deps.validate)
    const isUrgent = 'frame' in parsed && URGENT.has(parsed.frame.type)
    this.#queue.push(() => this.handle(parsed, isUrgent), isUrgent)
  }

  receiveBinary (): void {
    this.#close(1003)
  }

  pinged (payload: Buffer): void {
    if (this.#connection.isClosed || this.#isFlooded()) return
    this.#connection.write(pongFrame(payload))
  }

  ponged (): void {
    this.#wire.ponged()
  }

  get isBusy (): boolean {
    return this.#queue.isFull
  }

  async settled (): Promise<void> {
    await this.#queue.settled()
  }

  /** Called by the wheel for each of its deadlines. */
  due (deadline: Deadline): void {
    if (deadline === this.#heartbeat) this.#beat()
    // Also without a warning, if the clock was set forward over it.
    else if (this.#deps.wheel.wallSeconds >= this.#identity.expiresAt!) this.#close(4401)
    else this.#warnOfExpiry()
  }

  closing (): void {
    this.#deps.hub.remove(this.#connection)
  }

  ended (): void {
    const { wheel, hub } = this.#deps
    wheel.cancel(this.#heartbeat)
    wheel.cancel(this.#expiry)
    this.#connection.isClosed = true
    hub.remove(this.#connection)
    hub.wires.closed(this.#wire)
  }

  async handle (parsed: Parsed, isUrgent: boolean): Promise<void> {
    if (this.#connection.isClosed) return
    if ('error' in parsed) {
      this.#refuse(parsed.error, parsed.replyTo)
      if ((this.#badFrames ??= new BadFrames()).isTooMany()) this.#close(4400)
      return
    }
    const { frame } = parsed
    try {
      const reply = await dispatch(this.#context(), frame)
      this.#reply({ ...reply.frame, reply_to: frame.id }, isUrgent, reply.after)
    } catch (error) {
      this.#refuse(error, frame.id, isUrgent)
      if (isBelfryError(error) && error.statusCode === 403) this.observer.denied(frame.type)
    }
  }

  #context (): Context {
    const { hub, services } = this.#deps
    return { hub, services, connection: this.#connection, identity: this.#identity, ip: this.observer.ip, renew: renewed => this.#renew(renewed) }
  }

  #renew (identity: Identity): void {
    this.#identity = identity
    this.#connection.sessionId = identity.sessionId
    this.#awaitExpiry(identity)
  }

  #awaitExpiry ({ expiresAt }: Identity): void {
    const { wheel } = this.#deps
    wheel.cancel(this.#expiry)
    if (expiresAt === null) return
    this.#expiry = wheel.at(expiresAt - EXPIRY_WARNING_SECONDS, this)
  }

  #warnOfExpiry (): void {
    const expiresAt = this.#identity.expiresAt!
    this.#connection.send({ type: 'token.expiring', payload: { expires_at: formatTimestamp(Math.round(expiresAt * 1000)) } })
    this.#expiry = this.#deps.wheel.at(expiresAt, this)
  }

  #beat (): void {
    this.#wire.ping()
    this.#heartbeat = this.#deps.wheel.after(HEARTBEAT_SECONDS, this)
  }

  #isFlooded (): boolean {
    if (!this.#deps.isFloodLimited || !this.#queue.isFlooded()) return false
    this.#close(4429)
    return true
  }

  #refuse (error: unknown, replyTo: string | undefined, isUrgent = false): void {
    this.#reply(errorFrame(error, replyTo, this.observer), isUrgent)
  }

  /** The reply to an urgent frame may come anywhere among the events: those that another frame holds stay buffered. */
  #reply (frame: OwnFrame, isUrgent: boolean, after?: ReplyAfter): void {
    if (this.#connection.isHeld && !isUrgent) this.#deps.hub.release(this.#connection, frame, after)
    else this.#connection.send(frame)
  }

  #close (code: CloseCode): void {
    this.#connection.close(code)
  }
}
