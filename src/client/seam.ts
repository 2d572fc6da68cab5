import type { ServerFrame } from '../protocol/server-frames.ts'
import type { Answer } from './shared/answer.ts'
import type { BelfryError } from './errors.ts'
import type { Failure } from './events.ts'

export type { Answer } from './shared/answer.ts'

/**
 * The seam between the connection and the inboxes. The connection implements `Core` and drives `Inboxes`, which
 * `createInboxes` of `./inbox/index.ts` makes; neither imports more of the other.
 */

/** Whether frames arrive, in this tab or through the one that leads. */
export type ConnectionState = 'connecting' | 'connected' | 'disconnected'

/** What inboxes, and parts in files of their own such as `@belfry/client/preferences`, need of the client. */
export interface Core {
  /** The base address of the server: with the user, what is stored is kept by. */
  readonly base: string
  /** The user whose inbox it is; undefined while no token was there, and for an API key, which has no inbox. */
  readonly user: string | undefined
  readonly connection: ConnectionState
  /** Whether this tab sends the marks of all tabs: it has the socket, or shares none. Exactly one tab does. */
  readonly leads: boolean
  /** Whether notifications of some topics do not come as frames. */
  readonly isFiltered?: boolean
  readonly clock: Clock
  /** Called when the user has gone: what was known is of somebody else from then on. */
  readonly onLeave: Set<() => void>
  /**
   * Makes one REST call with the current token: `call('POST', '/api/notifications/mark', { as, ids })`. A 401 is answered
   * with one new token and one more try before it is returned here. Rejects if no answer came (offline, timed out, not
   * JSON, logged out, no token); nothing else is retried.
   */
  call (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>
  /** The error that an answer stands for: a part that is loaded alone has no errors of its own. */
  errorOf (answer: Answer): BelfryError
  /** Sends to the other tabs of the same address and user. What can be cloned; nothing where tabs are not shared. */
  broadcastToTabs (message: unknown): void
  /** Emits an `error` event. */
  report (error: Failure): void
}

/** Time and chance, so that tests control both. */
export interface Clock {
  /** Milliseconds since 1970. */
  now (): number
  /** Calls `fn` after so many milliseconds, unless the returned function is called first. */
  after (ms: number, fn: () => void): () => void
  /** From 0 up to, not including, 1. */
  random (): number
}

/** What the client drives. None of it throws. */
export interface Inboxes {
  /**
   * The cursor to resume from, read from the storage, for the first connection of this user. Undefined if none was
   * kept; from then on the connection knows better.
   */
  since (): Promise<string | undefined>
  /**
   * Every frame that this tab gets, its own or passed on by the leading tab, in their order. Frames that were applied
   * are dropped, so that a new leader may pass on what it replays. The connection passes on a `gap` frame of its own
   * (`{ type: 'gap', cursor, payload: { reason } }`) where this tab may have missed some: after the back/forward cache,
   * or where the leader's numbering has a hole. `cursor` is then that of the newest frame that it knows.
   */
  onFrame (frame: ServerFrame): void
  /** `connection` or `leads` of the core have changed. */
  onConnection (): void
  /** What another tab sent with `broadcastToTabs`. */
  onTabMessage (message: unknown): void
  /** The user logged out, or another one logged in: empties every inbox, and wipes what was stored unless it `isKept`. */
  onLogout (isKept?: boolean): Promise<void>
  /** Ends timers. The inboxes keep what they have, and go on with the next frame or call. */
  onDisconnect (): void
}

/** Where an inbox is kept over restarts: `indexedDb()` of `@belfry/client/storage`, or an object of your own. */
export interface InboxStorage {
  /** What was kept under a key, which names a server and a user of it; undefined if nothing was. */
  load (key: string): Promise<StoredInbox | undefined>
  /** Keeps it instead of what was kept under the key. */
  save (key: string, inbox: StoredInbox): Promise<void>
  /** Removes what was kept under the key. */
  wipe (key: string): Promise<void>
}

/** What is kept: plain data that can be cloned. */
export interface StoredInbox {
  /** The form of what follows: another version is not read. */
  version: number
  /** Where everything below holds. */
  cursor: string
  unread_count: number
  unseen_count: number
  /** The newest 200 of the inbox, as the API lists them. */
  items: unknown[]
  /** Whether there are older ones. */
  has_more: boolean
  /** Marks that the server did not have yet. */
  pending?: unknown[]
}
