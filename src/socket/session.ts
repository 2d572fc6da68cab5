import type { ClientFrame, Verb } from '../protocol/client-frames.ts'
import { isBelfryError } from '../errors.ts'
import { Connection, type ReplyAfter } from '../hub/connection.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { Identity } from '../session/identity.ts'
import { AttachedSession } from '../session/session.ts'
import { errorFrame } from './failure.ts'
import { pongFrame } from './frame.ts'
import { FrameQueue } from './frame-queue.ts'
import type { Context } from './handlers/context.ts'
import { dispatch } from './handlers/index.ts'
import { BadFrames, parseFrame, type Parsed } from './incoming.ts'
import type { Opening, SessionDeps, SocketObserver, SocketSession } from './opening.ts'
import type { SocketWire } from './wire.ts'

/** Seconds between two pings. */
export const HEARTBEAT_SECONDS = 25
/** Frames that need not wait for the frames before them. */
const URGENT: ReadonlySet<Verb> = new Set(['auth', 'ping'])
/** Frames that the frames after them need not wait for. */
const DETACHED: ReadonlySet<Verb> = new Set(['ack'])

/**
 * An authenticated socket: handles its frames, sends pings, and closes it when its token expires.
 * One instance per socket: each field costs memory times sockets.
 */
export class Session extends AttachedSession implements SocketSession {
  protected readonly deps: SessionDeps
  readonly observer: SocketObserver
  readonly #wire: SocketWire
  readonly #queue: FrameQueue
  #badFrames: BadFrames | undefined

  constructor (deps: SessionDeps, { id, wire, observer, topics, device }: Opening, identity: Identity, queue = new FrameQueue()) {
    super(deps, new Connection(id, wire, identity, topics, deps.maxUnsent, device), identity)
    this.deps = deps
    this.observer = observer
    this.#wire = wire
    this.#queue = queue
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
    const { promise: welcomed, resolve } = Promise.withResolvers<void>()
    this.#queue.delayUrgent(welcomed)
    const onWelcome = () => {
      this.#wire.uncork()
      resolve()
    }
    await this.attachToHub({ since, replyTo, onWelcome })
    this.#queue.trim()
  }

  receive (data: string): void {
    if (this.connection.isClosed || this.#isFlooded()) return
    const parsed = parseFrame(data, this.deps.validate)
    const isUrgent = 'frame' in parsed && URGENT.has(parsed.frame.type)
    this.#queue.push(() => this.handle(parsed, isUrgent), isUrgent)
  }

  receiveBinary (): void {
    this.close(1003)
  }

  pinged (payload: Buffer): void {
    if (this.connection.isClosed || this.#isFlooded()) return
    this.connection.write(pongFrame(payload))
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

  async handle (parsed: Parsed, isUrgent: boolean): Promise<void> {
    if (this.connection.isClosed) return
    if ('error' in parsed) {
      this.#refuse(parsed.error, parsed.replyTo)
      if ((this.#badFrames ??= new BadFrames()).isTooMany()) this.close(4400)
      return
    }
    const { frame } = parsed
    if (DETACHED.has(frame.type)) this.#answer(frame, true).catch((error: unknown) => this.observer.failed(error))
    else await this.#answer(frame, isUrgent)
  }

  async #answer (frame: ClientFrame, isUrgent: boolean): Promise<void> {
    try {
      const reply = await dispatch(this.#context(), frame)
      this.#reply({ ...reply.frame, reply_to: frame.id }, isUrgent, reply.after)
    } catch (error) {
      this.#refuse(error, frame.id, isUrgent)
      if (isBelfryError(error) && error.statusCode === 403) this.observer.denied(frame.type)
    }
  }

  #context (): Context {
    const { hub, services } = this.deps
    return { hub, services, connection: this.connection, identity: this.identity, ip: this.observer.ip, renew: renewed => this.renew(renewed) }
  }

  protected beat (): void {
    this.#wire.ping()
  }

  #isFlooded (): boolean {
    if (!this.deps.isFloodLimited || !this.#queue.isFlooded()) return false
    this.close(4429)
    return true
  }

  #refuse (error: unknown, replyTo: string | undefined, isUrgent = false): void {
    this.#reply(errorFrame(error, replyTo, this.observer), isUrgent)
  }

  /** The reply to an urgent frame may come anywhere among the events: those that another frame holds stay buffered. */
  #reply (frame: OwnFrame, isUrgent: boolean, after?: ReplyAfter): void {
    if (this.connection.isHeld && !isUrgent) this.deps.hub.release(this.connection, frame, after)
    else this.connection.send(frame)
  }
}
