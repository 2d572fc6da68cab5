import type { ActorRef } from '../rights/principal.ts'
import type { Audience, Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import type { LogReader } from '../log/reader.ts'
import type { Credentials } from './credentials.ts'

/**
 * The store's contract. `test/contract/store.ts` proves it for every engine.
 *
 * - **Order**: every event has a `seq`; they are gapless from 1, and in the order of their commits.
 * - **Durability**: a write's promise resolves only after its transaction is committed and synced.
 * - **Atomicity**: a write happens whole or not at all. Writes that wait together share a transaction
 *   (group commit); one that fails leaves the others, and the numbers, untouched; only a fault of the
 *   store itself, such as no room, fails them all.
 * - **Reading**: a read sees every write that was resolved before it began.
 *
 * - **Rights**: a write that is given its actor (`by`) judges it inside its transaction, by what is
 *   stored then: BLF_UNAUTHENTICATED if its credentials have ended, BLF_FORBIDDEN if it may not do this.
 *   A write without one is Belfry's own or an operator's.
 *
 * Writes throw errors of the catalogue (`src/protocol/error-codes.ts`): what they name, BLF_STORE_UNAVAILABLE when
 * the outcome is not known to be a success, BLF_STORE_FULL when there is no room.
 */
export interface Store extends LogReader, Inboxes, Users, Credentials {
  /** Which lineage of the log this is: 8 characters, new after a restore. */
  readonly epoch: string
  /** Whether the last write found no room: reading goes on, and the next write that finds some ends it. */
  isFull (): boolean
  /** Appends a notification, or finds the one that this is a retry of. Throws BLF_ID_CONFLICT. */
  notify (draft: Draft): Promise<Receipt>
  /** Whether a draft is a retry of what is stored. */
  isRetry (draft: Draft): Promise<boolean>
  /** What is known of a notification, for deciding who may recall it; undefined if unknown or recalled. */
  notification (id: string): Promise<NotificationRecord | undefined>
  /** Takes a notification out of every inbox. Throws BLF_NOTIFICATION_NOT_FOUND, also if it was recalled before. */
  recall (id: string, by?: ActorRef): Promise<void>
  /**
   * Removes events older than `since` (milliseconds), oldest first, and raises the floor; how many went:
   * `limit` at most, and fewer if they have many audience keys, so that the commit stays short. An event
   * whose time is ahead of those that follow it was sent by a wrong clock and is as old as they are.
   */
  retain (since: number, limit: number): Promise<number>
  /** Removes what is of use to nobody (marks on events that are gone, expired sessions and tickets), `limit` rows of each at most; how many went. */
  tidy (limit: number): Promise<number>
  /** Calls `listener` with every batch of events this store committed, in log order, before its writes resolve. It must not throw. */
  onCommit (listener: CommitListener): void
  /** Resolves if reads work and writes can; rejects with BLF_STORE_UNAVAILABLE. */
  ping (): Promise<void>
  close (): Promise<void>
}

export type CommitListener = (events: LogEvent[], commit: { ms: number, writes: number }) => void

/** A notification on its way into the log. */
export interface Draft {
  id: string
  /**
   * What its sender calls it, in the place of an id that must be its own: `id` is the label, and `otherId`
   * is what it is stored under if something else has that id.
   */
  label?: { text: string, otherId: string } | undefined
  /** Principal-wide key of a retry, null if the id alone is the key. */
  idempotencyKey: string | null
  /** The principal: `user:<id>` or `key:<id>`. */
  sender: string
  /** The company that the whole audience lies in, null if it is wider; found again inside the write if there is an actor. */
  scope: string | null
  /** Who must be allowed to address these keys at the moment of the commit. */
  by?: ActorRef | undefined
  keys: string[]
  /** That its id was made for it and it has no key: it is no retry of anything, so nothing need be looked for. */
  isNew?: boolean
  /** Of all that a retry must repeat: who, to whom, what; empty where there can be none. */
  digest: string
  type: string
  topic: string | null
  at: number
  expiresAt: number | null
  /** The Notification as JSON, `read: false`. */
  body: string
}

export interface Receipt { id: string, seq: number, /** false for a retry. */ stored: boolean }
export interface NotificationRecord { id: string, /** '' if that user was removed, and somebody else has the id. */ sender: string, scope: string | null }

/** How many notifications a user has not read, and the head and the floor of the log that this is of. */
export interface Unread { count: number, seq: number, floor: number }

export type MarkVerb = 'read' | 'unread' | 'delete'
export interface MarkResult {
  /** The ids that are in the inbox (before a delete), each with when it was read, null if unread. */
  found: { id: string, readAt: number | null }[]
  missing: string[]
  /** How many are unread at `seq`. */
  unread: number
  /** The place of its own event, if it has changed anything; else of the newest event that it saw. */
  seq: number
  hasChanged: boolean
}

export interface ReadAllResult extends Pick<MarkResult, 'unread' | 'seq' | 'hasChanged'> {
  /** How many became read. */
  count: number
}

export interface InboxFilter {
  limit: number
  /** Only notifications with a smaller `seq`. */
  before?: number
  unread?: boolean
  topic?: string
  type?: string
}

export interface InboxEntry { seq: number, body: string, readAt: number | null }
export interface InboxView {
  entries: InboxEntry[]
  /** Whether older ones follow. */
  more: boolean
  unread: number
  /** The head of the log that this view is of. */
  seq: number
}

export interface Inboxes {
  /** One page, newest first, with the unread count, all of one moment of the log. An unknown user's is empty. */
  inbox (userId: string, filter: InboxFilter): Promise<InboxView>
  /** Where the user is thought to stand saves a read if it is right. */
  unread (userId: string, membership?: Membership): Promise<Unread>
  /**
   * Changes the state of notifications in one inbox; what is so already, or not there, changes nothing.
   * What it counts is exact at its own place, whatever else is in its commit, and so is what its event says.
   */
  mark (userId: string, verb: MarkVerb, ids: string[]): Promise<MarkResult>
  /**
   * Marks all with `seq ≤ upTo` as read (`upTo` null: all there is), of one topic or of every one. Its
   * event names the newest notification that became read.
   */
  readAll (userId: string, upTo: number | null, topic: string | null): Promise<ReadAllResult>
}

export interface UserRecord extends Membership {
  username: string | null
  createdAt: number
  /** Tokens minted elsewhere speak of this user if their `iat` (seconds) is later: others are of somebody who had the id before. */
  tokensAfter: number
}
export interface UserCredentials extends UserRecord { passwordHash: string | null }
export interface NewUserRecord extends Membership { username: string, passwordHash: string | null, /** Whether the actor chose the id. */ isIdChosen?: boolean }
export interface UserFilter { after?: string, limit: number, company?: string, role?: string, /** The start of an id or a username. */ q?: string }
export interface UserChangeRecord { username?: string, passwordHash?: string | null, role?: string, company?: string | null }
/** `isPasswordEnded`: the move ended a password, with its sessions, that was set by somebody who may not manage the user any more. */
export interface SeenUser extends UserRecord { isPasswordEnded?: boolean }
/** What a token minted elsewhere says of its user; `iat` in seconds. */
export interface Claims extends Membership { iat: number }

export interface Users {
  user (id: string): Promise<UserRecord | undefined>
  /** Those of some users that there are, in no order. */
  usersById (ids: string[]): Promise<UserRecord[]>
  userByName (username: string): Promise<UserCredentials | undefined>
  /** Users in order of their ids, after `after`. */
  users (filter: UserFilter): Promise<UserRecord[]>
  /** How many users an audience addresses; ids that were never seen count. */
  countAudience (audience: Audience): Promise<number>
  /** How many of these ids (1,000 at most) named nobody when the event `before` came; now, if it is absent. */
  countUnknown (ids: string[], before?: number): Promise<number>
  /** How many users there are, the removed ones too: 0 only in a new store. */
  countUsersEver (): Promise<number>
  /** Throws BLF_USER_EXISTS, BLF_USERNAME_TAKEN. */
  createUser (user: NewUserRecord, by?: ActorRef): Promise<UserRecord>
  /** Creates a user in a store that never had one; undefined if it has. */
  createFirstUser (user: NewUserRecord): Promise<UserRecord | undefined>
  /**
   * A new password ends all sessions; null is none. Throws BLF_USER_NOT_FOUND, BLF_USERNAME_TAKEN, BLF_ROLE_NEEDED,
   * BLF_LAST_ADMIN, and BLF_PASSWORD_NEEDED where the user becomes a platform admin or changes company, and has a
   * password that neither a platform admin nor an operator set.
   */
  changeUser (id: string, change: UserChangeRecord, by?: ActorRef): Promise<UserRecord>
  /** A user's own new password ends all sessions but the user's. Throws BLF_WRONG_PASSWORD if `verifiedHash` is no longer the old one's. */
  changePassword (by: ActorRef, verifiedHash: string, passwordHash: string): Promise<UserRecord>
  /** Throws BLF_USER_NOT_FOUND, BLF_LAST_ADMIN. */
  removeUser (id: string, by?: ActorRef): Promise<void>
  /**
   * Takes a token's word for who its user is: creates it on first sight, and moves it when the token
   * is not older than what the store knows. Throws BLF_UNAUTHENTICATED for a token from before the
   * user's removal.
   */
  seeUser (claims: Claims): Promise<SeenUser>
  /** What `seeUser` would resolve with, storing nothing; undefined for a user that it would move. Throws as it does. */
  foreseeUser (claims: Claims): Promise<UserRecord | undefined>
}
