import type { CloseCode } from '../protocol/close-codes.ts'
import { isBelfryError, problem } from '../errors.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { ClientFrame, Verb } from '../../schemas/socket/client-frames.ts'
import { attach } from '../hub/attach.ts'
import { Connection, type Place, type Wire } from '../hub/connection.ts'
import { PING, textFrame } from '../hub/frame.ts'
import { dispatch } from './handlers/index.ts'
import type { Answer, Context } from './handlers/context.ts'
import { closeCodeFor } from './close-code.ts'
import { BadFrames, Flood, parseFrame, type Parsed } from './incoming.ts'
import type { Host, Opening, Setting } from './opening.ts'
import type { Identity } from './services.ts'
import type { Deadline } from '../hub/wheel.ts'

export const HEARTBEAT_SECONDS = 25
export const AUTH_SECONDS = 5
const EXPIRY_WARNING_SECONDS = 60
const MAX_QUEUED = 64
const DONE = Promise.resolve()
/** Frames that no other has to come before: a replay that takes its time must not cost a socket its token. */
const URGENT: ReadonlySet<Verb> = new Set(['auth', 'ping'])

/** One socket's life: authentication, frames in order, heartbeat, token expiry. Of its fields there are as many as sockets. */
export class Session {
  readonly #setting: Setting
  readonly #host: Host
  readonly #wire: Wire
  /** Kept until it is authenticated. */
  #opening: Opening | undefined
  #identity: Identity | undefined
  #connection: Connection | undefined
  #work: Promise<void> = DONE
  /** The same for urgent frames, beside the others; from the welcome on. */
  #urgent: Promise<void> = DONE
  #queued = 0
  #missedPongs = 0
  /** What its peer had taken at the last heartbeat, bytes. */
  #sentBytes = 0
  #isEnded = false
  #isClosing = false
  #bad: BadFrames | undefined
  #flood: Flood | undefined
  #heartbeat: Deadline | undefined
  /** By when it must have authenticated; then, when its token expires or is about to. */
  #deadline: Deadline | undefined

  constructor (setting: Setting, opening: Opening) {
    this.#setting = setting
    this.#host = opening.host
    this.#wire = opening.wire
    this.#heartbeat = setting.wheel.after(HEARTBEAT_SECONDS, this)
    if (opening.identity) {
      this.#work = this.#begin(opening, opening.identity)
    } else {
      this.#opening = opening
      this.#deadline = setting.wheel.after(AUTH_SECONDS, this)
    }
  }

  get host (): Host {
    return this.#host
  }

  /** A message came; frames are worked off one after the other, in their order, but for urgent ones. */
  receive (data: string): void {
    if (this.#isOver || this.#isFlooded()) return
    const parsed = parseFrame(data, this.#setting.validate)
    const isUrgent = !this.#opening && 'frame' in parsed && URGENT.has(parsed.frame.type)
    const done = () => { this.#queued -= 1 }
    this.#queued += 1
    if (isUrgent) this.#urgent = this.#urgent.then(() => this.#handle(parsed, true)).finally(done)
    else this.#work = this.#work.then(() => this.#handle(parsed, false)).finally(done)
  }

  /** Whether so many frames wait that the socket should not be read for now. */
  get isBusy (): boolean {
    return this.#queued >= MAX_QUEUED
  }

  /** Resolves when every frame that came has been answered. */
  async settled (): Promise<void> {
    await Promise.all([this.#work, this.#urgent])
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

  /** One of its deadlines is there. */
  due (deadline: Deadline): void {
    if (deadline === this.#heartbeat) this.#beat()
    else if (this.#opening) this.#close(4408)
    // Without a warning if the clock leapt over it.
    else if (this.#setting.wheel.wallSeconds >= this.#identity!.expiresAt!) this.#close(4401)
    else this.#warn()
  }

  /** A close frame is about to go out: events may not follow it. What came before it is still worked off. */
  closing (): void {
    if (this.#connection) this.#setting.hub.remove(this.#connection)
  }

  /** The socket is gone. */
  ended (): void {
    this.#isEnded = true
    const { wheel, hub } = this.#setting
    wheel.cancel(this.#heartbeat)
    wheel.cancel(this.#deadline)
    if (!this.#connection) return
    this.#connection.isClosed = true
    hub.remove(this.#connection)
  }

  async #begin ({ id, wire, topics, since }: Opening, identity: Identity, replyTo?: string): Promise<void> {
    const { hub, services, wheel, maxUnsent } = this.#setting
    wheel.cancel(this.#deadline)
    this.#opening = undefined
    const connection = new Connection(id, wire, identity, topics, maxUnsent)
    this.#connection = connection
    this.#identity = identity
    this.#awaitExpiry(identity)
    const { promise: greeted, resolve: onGreeted } = Promise.withResolvers<void>()
    this.#urgent = greeted
    try {
      await attach(connection, { hub, services, identity, since, replyTo, heartbeatSeconds: HEARTBEAT_SECONDS, onGreeted })
      // Not the promises of this opening, which hold what it was made with.
      if (this.#queued === 0) this.#work = this.#urgent = DONE
    } catch (error) {
      const code = closeCodeFor(error)
      if (code === 1011) this.#host.failed(error)
      this.#close(code)
      onGreeted()
    }
  }

  async #handle (parsed: Parsed, isUrgent: boolean): Promise<void> {
    if (this.#isOver) return
    if ('error' in parsed) {
      this.#fail(parsed.error, parsed.replyTo)
      // Before it is authenticated, a socket gets one try.
      if (this.#opening) this.#close(4401)
      else if ((this.#bad ??= new BadFrames()).isTooMany()) this.#close(4400)
      return
    }
    const { frame } = parsed
    try {
      if (this.#opening) await this.#authenticate(this.#opening, frame)
      else this.#answer(await dispatch(this.#context(), frame), frame.id, isUrgent)
    } catch (error) {
      this.#fail(error, frame.id, isUrgent)
      if (this.#opening) this.#close(closeCodeFor(error))
      else if (isBelfryError(error) && error.statusCode === 403) this.#host.denied(frame.type)
    }
  }

  #context (): Context {
    const { hub, services } = this.#setting
    return { hub, services, connection: this.#connection!, identity: this.#identity!, ip: this.#host.ip, renew: renewed => this.#renew(renewed) }
  }

  #isFlooded (): boolean {
    if (!this.#setting.isFloodLimited || !(this.#flood ??= new Flood()).isTooMany()) return false
    this.#close(4429)
    return true
  }

  async #authenticate (opening: Opening, frame: ClientFrame): Promise<void> {
    if (frame.type !== 'auth') throw problem('BLF_UNAUTHENTICATED', 'The first frame must be `auth`.')
    const identity = await this.#setting.services.authenticate(frame.payload.token, this.#host.ip)
    if (this.#isOver) return
    await this.#host.claim(identity)
    if (this.#isOver) return
    await this.#begin(opening, identity, frame.id)
  }

  #renew (identity: Identity): void {
    this.#identity = identity
    this.#connection!.sessionId = identity.sessionId
    this.#awaitExpiry(identity)
  }

  #awaitExpiry ({ expiresAt }: Identity): void {
    const { wheel } = this.#setting
    wheel.cancel(this.#deadline)
    if (expiresAt === null) return
    this.#deadline = wheel.at(expiresAt - EXPIRY_WARNING_SECONDS, this)
  }

  #warn (): void {
    const expiresAt = this.#identity!.expiresAt!
    this.#send({ type: 'token.expiring', payload: { expires_at: formatTimestamp(expiresAt * 1000) } })
    this.#deadline = this.#setting.wheel.at(expiresAt, this)
  }

  #beat (): void {
    const { isPaused, unsent, sent } = this.#wire
    // Pongs that are not read for our own sake are not missed; a peer that takes nothing is not there all the same.
    if (isPaused && (unsent === 0 || sent > this.#sentBytes)) this.#missedPongs = 0
    this.#sentBytes = sent
    if (this.#missedPongs >= 2) return this.#wire.terminate()
    this.#missedPongs += 1
    this.#wire.write(PING)
    this.#heartbeat = this.#setting.wheel.after(HEARTBEAT_SECONDS, this)
  }

  #answer ({ place, ...answer }: Answer, replyTo: string | undefined, isUrgent: boolean): void {
    this.#reply({ ...answer, reply_to: replyTo }, isUrgent, place)
  }

  #fail (error: unknown, replyTo: string | undefined, isUrgent = false): void {
    const known = isBelfryError(error) ? error : problem('BLF_INTERNAL')
    this.#host.refused(known, error)
    const { errors } = known
    this.#reply({ type: 'error', reply_to: replyTo, payload: { code: known.code, detail: known.message, errors } }, isUrgent)
  }

  /** What an urgent frame is answered has no place among events: those that are held stay so. */
  #reply (frame: object, isUrgent: boolean, place?: Place): void {
    const connection = this.#connection
    if (connection?.isHeld && !isUrgent) this.#setting.hub.release(connection, frame, place)
    else this.#send(frame)
  }

  #send (frame: object): void {
    if (this.#connection) this.#connection.send(frame)
    else if (!this.#isEnded) this.#wire.write(textFrame(JSON.stringify(frame)))
  }

  /** Closed, or told so: what its peer still sends is not acted on. */
  get #isOver (): boolean {
    return this.#isEnded || this.#isClosing || this.#connection?.isClosed === true
  }

  #close (code: CloseCode): void {
    this.#isClosing = true
    if (this.#connection) this.#connection.close(code)
    else this.#wire.close(code)
  }
}
