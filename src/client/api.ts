import type { Send } from '../protocol/client-frames.ts'
import type { BelfryError } from './errors.ts'
import type { Events, State } from './events.ts'
import type { Inbox, InboxFilter } from './inbox/index.ts'
import type { Core } from './seam.ts'
import type { BatchItem, Broadcast, Broadcasted, BroadcastTarget, Scheduled, SendOptions, Sent } from './sending/types.ts'

/** The connection, the token, the tabs and the inboxes of a client, of one user at a time. */
export interface Session {
  /** Whether it is connected, here or through another tab. */
  readonly state: State
  /** The id of the user whose notifications it receives, or is expected to; undefined while it is not known, and for an API key. */
  readonly user: string | undefined
  /** Connects, and stays connected until `disconnect`. Does nothing if it is connected, or is about to be. */
  connect (): void
  /** Disconnects. It keeps its token and its place, so that after a further `connect` nothing is missed. */
  disconnect (): void
  /** Resolves when it is connected; at once if it is. Rejects with a `BelfryError` when it is disconnected. */
  ready (): Promise<void>
  /**
   * Gives it another token, for the connection that is open too, and for the other tabs of the user. With the token of
   * another user it starts over as that user, and the other tabs stay with theirs. Throws a TypeError for what is no text.
   */
  setToken (token: string): void
  /**
   * Disconnects this and the other tabs of its user, and forgets the token, its place and what is stored. Pushes of the user end in this
   * browser, and what it shows of them is closed. To end the session, call `POST /api/auth/logout` before.
   */
  logout (): Promise<void>
  /**
   * Calls `listener` whenever `event` happens; returns a function that ends that. Events are those of the client (`state`,
   * `connecting`, `connected`, `disconnected`, `error`) and the types of the server's frames, with the whole frame:
   * `notification`, `notification.read`, `gap`… Throws a TypeError for a name that is none of them.
   */
  on<K extends keyof Events> (event: K, listener: (event: Events[K]) => void): () => void
  /**
   * A list of the user's inbox that follows the server, for frameworks to subscribe to: the same object for the same
   * filter. Throws a TypeError for a filter that is none.
   */
  inbox (filter?: InboxFilter): Inbox
  /**
   * Says that the user has taken note of notifications that must be acknowledged, as `acknowledge` of an inbox does: for
   * good. Resolves with true once the server has it, and with false if it refused all of them; an `error` event says why.
   */
  acknowledge (ids: string | readonly string[]): Promise<boolean>
  /** For parts of the client in files of their own, such as `@belfry/client/preferences`. It changes between versions. */
  readonly core: Core
}

/** What a client sends. */
export interface Sender {
  /**
   * Sends a notification once: it gets an id here, unless it has one, and is sent again with the same id for
   * `sendTimeout` while no answer comes or the server is busy. Sends do not wait for each other. Throws a `BelfryError`:
   * its `code` says why, and with its `id` sending again is safe. What a user asked for is never sent as another one.
   * Throws a TypeError for options that are wrong: nothing was sent.
   */
  send (notification: Send, options?: SendOptions): Promise<Sent | Scheduled>
  /**
   * Broadcasts a notification to a company, to a role or to a group, as `send` does. Throws as `send`, and a TypeError for a
   * target with a field that is not known, undefined, or does not go with the others: nothing was sent.
   */
  broadcast (target: BroadcastTarget, notification: Broadcast, options?: SendOptions): Promise<Broadcasted | Scheduled>
  /**
   * Sends any number of notifications, up to 500 in one request. Returns what came of each, in the same order: where it
   * was sent, or the `BelfryError` for which it was not, with its `id`: one that is wrong does not stop the others. Throws
   * `queue_full`, and `network` if what sends could not be loaded, and a TypeError for what is no array and for options that are
   * wrong: nothing was sent.
   */
  sendBatch (notifications: readonly Send[], options?: SendOptions): Promise<(BatchItem | BelfryError)[]>
}
