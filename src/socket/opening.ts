import type { Verb } from '../protocol/client-frames.ts'
import type { BelfryError } from '../errors.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import type { TopicFilter } from '../hub/topics.ts'
import type { Validate } from './incoming.ts'
import type { Identity } from '../session/identity.ts'
import type { CommonDeps } from '../session/session.ts'
import type { Services } from './services.ts'
import type { SocketWire } from './wire.ts'

/** What all sessions of a node share. */
export interface SessionDeps extends CommonDeps {
  services: Services
  validate: Validate
  /** Bytes that may wait for a reader before it counts as slow. */
  maxUnsent: number
  /** Whether a socket that sends too many frames is closed. */
  isFloodLimited: boolean
}

/** Is told what happens on one socket: for the log, the metrics and the limits. */
export interface SocketObserver {
  /** The address that the socket was opened from. */
  readonly ip: string
  /** The socket was authenticated. Throws if the identity has too many sockets. */
  claim (identity: Identity): Promise<void>
  /** A verb was refused for lack of a right. */
  denied (verb: Verb): void
  /** An error was sent to the client; `cause` is what was thrown. */
  refused (error: BelfryError, cause: unknown): void
  /** Something failed that is the server's fault. */
  failed (error: unknown): void
  /** The socket had an error; returns whether the socket must be cut for it. */
  broke (error: Error): boolean
  /** The server is about to close the socket with this code. */
  closing (code: CloseCode): void
  /** The socket is gone. */
  closed (code: number): void
}

/** What a socket's events are passed on to: a pending session, then a session. */
export interface SocketSession {
  readonly observer: SocketObserver
  /** A text message came. */
  receive (data: string): void
  /** A binary message came, which the protocol does not have. */
  receiveBinary (): void
  /** The client sent a ping, which the session answers. */
  pinged (payload: Buffer): void
  /** The client answered a ping. */
  ponged (): void
  /** Whether so many frames wait that the socket should not be read for a while. */
  readonly isBusy: boolean
  /** Resolves when every frame that came so far was handled. */
  settled (): Promise<void>
  /** A close frame is about to be sent: no event may follow it. Frames that came before are still handled. */
  closing (): void
  /** The socket is gone. */
  ended (): void
}

/** What one socket was opened with. */
export interface Opening {
  id: string
  wire: SocketWire
  observer: SocketObserver
  /** Known if the upgrade had credentials; otherwise the first frame must have them. */
  identity?: Identity | undefined
  /** The cursor to resume from. */
  since?: string | undefined
  topics: TopicFilter
  /** The device that its query names. */
  device?: string | undefined
}
