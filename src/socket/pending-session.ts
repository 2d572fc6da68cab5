import type { ClientFrame } from '../protocol/client-frames.ts'
import { problem } from '../errors.ts'
import type { OwnFrame } from '../hub/encoding.ts'
import type { Deadline } from '../hub/wheel.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import { closeCodeFor } from '../session/session.ts'
import { errorFrame } from './failure.ts'
import { pongFrame } from './frame.ts'
import { FrameQueue } from './frame-queue.ts'
import { parseFrame, type Parsed } from './incoming.ts'
import type { Opening, SessionDeps, SocketObserver, SocketSession } from './opening.ts'
import { Session } from './session.ts'

export const AUTH_SECONDS = 5

/** A socket that was opened without credentials: its first frame must be `auth`, and it has one try. */
export class PendingSession implements SocketSession {
  readonly #deps: SessionDeps
  readonly #opening: Opening
  readonly #become: (session: Session) => void
  readonly #queue = new FrameQueue()
  readonly #deadline: Deadline
  /** The session that took over. */
  #session: Session | undefined
  /** Closed by the server, or gone. */
  #isOver = false

  /** `become`: called with the session that takes over once the socket is authenticated. */
  constructor (deps: SessionDeps, opening: Opening, become: (session: Session) => void) {
    this.#deps = deps
    this.#opening = opening
    this.#become = become
    this.#deadline = deps.wheel.after(AUTH_SECONDS, this)
    deps.hub.wires.add(opening.wire)
  }

  get observer (): SocketObserver {
    return this.#opening.observer
  }

  receive (data: string): void {
    if (this.#isOver || this.#isFlooded()) return
    const parsed = parseFrame(data, this.#deps.validate)
    this.#queue.push(() => this.#handle(parsed), false)
  }

  receiveBinary (): void {
    this.#close(1003)
  }

  pinged (payload: Buffer): void {
    const { wire } = this.#opening
    if (this.#isOver || this.#isFlooded()) return
    if (wire.unsent > this.#deps.maxUnsent) this.#close(1013)
    else wire.write(pongFrame(payload))
  }

  /** No ping was sent yet: the first is due long after the socket must be authenticated. */
  ponged (): void {}

  get isBusy (): boolean {
    return this.#queue.isFull
  }

  async settled (): Promise<void> {
    await this.#queue.settled()
  }

  /** It was not authenticated in time. */
  due (): void {
    this.#close(4408)
  }

  /** No event was going to follow the close frame. */
  closing (): void {}

  ended (): void {
    this.#isOver = true
    this.#deps.wheel.cancel(this.#deadline)
    this.#deps.hub.wires.closed(this.#opening.wire)
  }

  async #handle (parsed: Parsed): Promise<void> {
    // It came before the socket was authenticated, but after the frame that did it.
    if (this.#session) return await this.#session.handle(parsed, false)
    if (this.#isOver) return
    const replyTo = 'error' in parsed ? parsed.replyTo : parsed.frame.id
    try {
      if ('error' in parsed) throw parsed.error
      await this.#authenticate(parsed.frame)
    } catch (error) {
      this.#send(errorFrame(error, replyTo, this.observer))
      this.#close('error' in parsed ? 4401 : closeCodeFor(error))
    }
  }

  async #authenticate (frame: ClientFrame): Promise<void> {
    if (frame.type !== 'auth') throw problem('BLF_UNAUTHENTICATED', 'The first frame must be `auth`.')
    const identity = await this.#deps.services.authenticate(frame.payload.token, this.observer.ip)
    if (this.#isOver) return
    await this.observer.claim(identity)
    if (this.#isOver) return
    this.#deps.wheel.cancel(this.#deadline)
    this.#session = new Session(this.#deps, this.#opening, identity, this.#queue)
    this.#become(this.#session)
    await this.#session.attach(this.#opening.since, frame.id)
  }

  #isFlooded (): boolean {
    if (!this.#deps.isFloodLimited || !this.#queue.isFlooded()) return false
    this.#close(4429)
    return true
  }

  #send (frame: OwnFrame): void {
    const { wire } = this.#opening
    wire.write(wire.encoding.encodeFrame(frame))
  }

  #close (code: CloseCode): void {
    this.#isOver = true
    this.#opening.wire.close(code)
  }
}
