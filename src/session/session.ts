import { isBelfryError } from '../errors.ts'
import { attach, type AttachServices, type Subscriber } from '../hub/attach.ts'
import type { Connection } from '../hub/connection.ts'
import type { Hub } from '../hub/hub.ts'
import type { Deadline, Owner, Wheel } from '../hub/wheel.ts'
import type { CloseCode } from '../protocol/close-codes.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { Identity } from './identity.ts'

const EXPIRY_WARNING_SECONDS = 60

/** What sessions of every transport need of the rest of Belfry. */
export interface SessionServices extends AttachServices {
  /** The identity's current subscriber. Throws BLF_UNAUTHENTICATED if its credentials have ended. */
  currentSubscriber: (identity: Identity) => Promise<Subscriber>
  /** A connection has ended. */
  ended: (connection: Connection) => void
}

/** What all sessions of a node share. */
export interface CommonDeps {
  hub: Hub
  services: SessionServices
  wheel: Wheel
  /** Seconds between two heartbeats, as clients are told. */
  heartbeatSeconds: number
  /** Seconds after which a heartbeat is due: it is sent at a tick of the wheel, less than two seconds later. */
  beatSeconds: number
}

/** Is told of faults of the server. */
interface FaultObserver { failed (error: unknown): void }

interface AttachOptions {
  since: string | undefined
  /** The id of the client frame that authenticated the connection. */
  replyTo?: string | undefined
  /** Called when the welcome was sent, or will not be. */
  onWelcome: () => void
}

/**
 * An authenticated connection, whatever its transport: attaches it to the hub, sends heartbeats, and closes it when its
 * token expires. One instance per connection: each field costs memory times connections.
 */
export abstract class AttachedSession implements Owner {
  protected readonly connection: Connection
  protected identity: Identity
  abstract readonly observer: FaultObserver
  #heartbeat: Deadline
  /** When the token expires, or when the client is to be warned of that. */
  #expiry: Deadline | undefined

  constructor (deps: CommonDeps, connection: Connection, identity: Identity) {
    this.connection = connection
    this.identity = identity
    this.#heartbeat = deps.wheel.after(deps.beatSeconds, this)
    this.#awaitExpiry(deps.wheel, identity)
  }

  protected abstract get deps (): CommonDeps
  /** Sends a heartbeat, or cuts a connection whose peer seems to be gone. */
  protected abstract beat (): void

  /** Welcomes the connection, replays what it missed, and makes it live. Closes it if that fails; never throws. */
  protected async attachToHub ({ since, replyTo, onWelcome }: AttachOptions): Promise<void> {
    const { hub, services, heartbeatSeconds } = this.deps
    const { identity } = this
    const currentSubscriber = () => services.currentSubscriber(identity)
    try {
      await attach(this.connection, { hub, services, currentSubscriber, since, replyTo, heartbeatSeconds, onWelcome })
    } catch (error) {
      this.closeFor(error)
      onWelcome()
    }
  }

  /** Called by the wheel for each of its deadlines. */
  due (deadline: Deadline): void {
    const { wheel, beatSeconds } = this.deps
    if (deadline === this.#heartbeat) {
      this.beat()
      this.#heartbeat = wheel.after(beatSeconds, this)
    } else if (wheel.wallSeconds >= this.identity.expiresAt!) {
      // Also without a warning, if the clock was set forward over it.
      this.close(4401)
    } else {
      this.#warnOfExpiry()
    }
  }

  /** A close frame with this code is about to be sent: no event may follow it. */
  closing (_code?: CloseCode): void {
    this.deps.hub.remove(this.connection)
  }

  /** The connection is gone. */
  ended (): void {
    const { wheel, hub, services } = this.deps
    wheel.cancel(this.#heartbeat)
    wheel.cancel(this.#expiry)
    this.connection.isClosed = true
    this.connection.coverage?.end(hub.seq)
    services.ended(this.connection)
    hub.remove(this.connection)
    hub.wires.closed(this.connection.wire)
  }

  /** Goes on with a newer token. */
  protected renew (identity: Identity): void {
    this.identity = identity
    this.connection.sessionId = identity.sessionId
    this.#awaitExpiry(this.deps.wheel, identity)
  }

  protected close (code: CloseCode): void {
    this.connection.close(code)
  }

  /** Closes the connection for what was thrown, and reports it if it is a fault of the server. */
  protected closeFor (error: unknown): void {
    const code = closeCodeFor(error)
    if (code === 1011) this.observer.failed(error)
    this.close(code)
  }

  #awaitExpiry (wheel: Wheel, { expiresAt }: Identity): void {
    wheel.cancel(this.#expiry)
    if (expiresAt === null) return
    this.#expiry = wheel.at(expiresAt - EXPIRY_WARNING_SECONDS, this)
  }

  #warnOfExpiry (): void {
    const expiresAt = this.identity.expiresAt!
    this.connection.send({ type: 'token.expiring', payload: { expires_at: formatTimestamp(Math.round(expiresAt * 1000)) } })
    this.#expiry = this.deps.wheel.at(expiresAt, this)
  }
}

/** The code for a connection that could not be authenticated or attached. 4401 is for bad credentials alone: after a fault of the server no client should fetch a new token. */
export function closeCodeFor (error: unknown): CloseCode {
  if (!isBelfryError(error)) return 1011
  if (error.code === 'BLF_UNAVAILABLE' || error.statusCode === 429) return 1013
  return error.statusCode >= 500 ? 1011 : 4401
}
