import type { ActorRef } from '../rights/principal.ts'
import type { Audience, GroupRef, Membership } from '../log/audience.ts'
import type { LogEvent } from '../log/event.ts'
import type { LogReader } from '../log/reader.ts'
import type { Demand, Demands } from './contract/demands.ts'
import type { Feed } from './contract/feed.ts'
import type { Pushes } from './contract/pushes.ts'
import type { Mails } from './contract/mail.ts'
import type { Readers } from './contract/readers.ts'
import type { Reports } from './contract/reports.ts'
import type { Webhooks } from './contract/webhooks.ts'
import type { Deliveries } from './contract/deliveries.ts'
import type { NotificationClass } from './ops/index-class.ts'
import type { Credentials } from './credentials.ts'
import type { GroupLimits, Groups } from './groups.ts'
import type { TopicPreferences } from '../preferences/records.ts'
import type { Plans } from './plans.ts'
import type { Inboxes } from './inboxes.ts'
import type { SentNotifications } from './sent.ts'
import type { Totals } from './totals.ts'

export type * from './inboxes.ts'

/**
 * The store's contract. `test/contract/store.ts` proves it for every engine.
 *
 * - **Order**: every event has a `seq`. They start at 1, have no gaps and follow the order of commits.
 * - **Durability**: a write's promise resolves only after its transaction is committed and synced.
 * - **Atomicity**: a write is applied whole or not at all. Writes that wait together share a transaction
 *   (group commit). One that fails affects neither the others nor their `seq`; only a fault of the store
 *   itself, such as a full disk, fails them all.
 * - **Reading**: a read sees every write that was resolved before it began.
 * - **Rights**: a write with an actor (`by`) checks the actor's rights inside its transaction, by what is
 *   stored then. It throws BLF_UNAUTHENTICATED if the actor's credentials have ended, BLF_FORBIDDEN if the actor may not do this.
 *   A write without an actor is Belfry's own or an operator's.
 *
 * Writes throw errors of the catalogue (`src/protocol/error-codes.ts`): those named at each method,
 * BLF_STORE_UNAVAILABLE if the write is not known to have succeeded, BLF_STORE_FULL if there is no room.
 */
export interface Store extends LogReader, Inboxes, SentNotifications, Users, Groups, Credentials, Plans, TopicPreferences, Deliveries, Demands, Feed, Mails, Pushes, Readers, Reports, Totals, Webhooks {
  /** Identifies the log's history: 8 characters, new after a restore. */
  readonly epoch: string
  /** Whether the last write failed because there was no room. Reads still work; the next write that succeeds resets it. */
  isFull (): boolean
  /** Appends a notification, or finds the one that the draft is a retry of. Throws BLF_ID_CONFLICT. */
  notify (draft: Draft): Promise<Receipt>
  /** Whether a draft is a retry of a stored notification or of a plan. */
  isRetry (draft: Draft): Promise<boolean>
  /** What decides who may recall or edit a notification, and its topic; undefined if it is unknown or recalled. */
  notification (id: string): Promise<NotificationRecord | undefined>
  /**
   * Removes a notification from every inbox and its text from the store; a retry of its send is still recognised.
   * Throws BLF_NOTIFICATION_NOT_FOUND, also if it was recalled before.
   */
  recall (id: string, by?: ActorRef): Promise<void>
  /**
   * Changes the content of a notification; its read state stays. The event is for whoever has the notification: its
   * keys are judged at the notification's own `seq`. Throws BLF_NOTIFICATION_NOT_FOUND, also if it was recalled,
   * BLF_NOT_EDITABLE if it has expired, BLF_REVISION, BLF_REVISIONS_FULL.
   */
  edit (id: string, change: Edit, by?: ActorRef): Promise<EditReceipt>
  /**
   * Removes events older than `since` (milliseconds), oldest first, and raises the floor; returns how many were
   * removed: `limit` at most, fewer if they have many audience keys, to keep the commit short. An event with
   * a later time than those after it was stamped by a wrong clock, and counts as being as old as they are.
   */
  retain (since: number, limit: number): Promise<number>
  /** Removes marks on removed events, memberships that ended before the floor, expired sessions and tickets, and plans and calls of readers that ended 30 days ago, `limit` rows of each at most, and looks at the times of new events; with `acknowledgedBefore` (milliseconds) also acknowledgements of what was sent before that and is no longer in the log; returns how many rows were removed, more than 0 if there is more to do. */
  tidy (limit: number, acknowledgedBefore?: number): Promise<number>
  /** Calls `listener` with every batch of events that this store commits, in log order, before its writes resolve. It must not throw. */
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
   * The sender's name for the notification. Unlike an id, it need not be unique: `id` is the label, and
   * `otherId` is the id to store it under if a different notification has that id.
   */
  label?: { text: string, otherId: string } | undefined
  /** The key that recognises retries of this sender; null if only the id does. */
  idempotencyKey: string | null
  /** The principal: `user:<id>` or `key:<id>`. */
  sender: string
  /** The company that the whole audience is in, null if it is wider. Determined again inside the write if there is an actor. */
  scope: string | null
  /** The actor who must have the right to address these keys at the moment of the commit. */
  by?: ActorRef | undefined
  keys: string[]
  /** How the audience index reads it, see `ops/index-class.ts`; if absent, that follows from its keys. */
  indexClass?: NotificationClass | undefined
  /** Whether Belfry generated the id and there is no idempotency key: the draft cannot be a retry, so no lookup is needed. */
  isNew?: boolean
  /** A hash of everything a retry must repeat: sender, audience and content. Empty if there can be no retry. */
  digest: string
  /** A hash of sender, audience and replace key: the newest notification with the same one is recalled in the commit of this one. */
  chain?: string
  /** Whether it is also for users who join its audience later, until it expires. It then has an `expiresAt`, and no key of a single user. */
  lateJoiners?: boolean
  /** That it must be acknowledged. */
  demand?: Demand
  type: string
  topic: string | null
  at: number
  expiresAt: number | null
  /** When it is to be published, if not at once: such a draft is for `schedule`. */
  sendAt?: number | undefined
  /** The Notification as JSON, `read: false`. */
  body: string
}

/** The notification that was replaced, and how many were in its whole chain. */
export interface Replaced { id: string, count: number }
export interface Receipt { id: string, seq: number, /** false for a retry. */ stored: boolean, replaces?: Replaced }
export interface NotificationRecord { id: string, /** '' if that user was removed, and somebody else has the id. */ sender: string, scope: string | null, topic: string | null, /** Whether it is also for late joiners. */ isLate: boolean }

/** A change of a notification's content. */
export interface Edit {
  /** The fields of the Notification that change, as it has them; null removes one. `data` is replaced, but for the topic, which stays. */
  fields: Record<string, unknown>
  /** The `type` among the fields, if it changes. */
  type?: string
  /** The `expires_at` among the fields in milliseconds, null for never; absent if it stays. */
  expiresAt?: number | null
  /** The revision that is edited: fails if it is not the newest one. */
  revision?: number
}
/** `revision`: the new one; `seq`: of the edit's event. */
export interface EditReceipt { id: string, revision: number, seq: number }

export interface UserRecord extends Membership {
  username: string | null
  /** What people call the user; absent if nobody said. */
  name?: string
  /** Where mail for the user goes; absent if nobody said. */
  email?: string
  createdAt: number
  /** A token from another issuer is this user's only if its `iat` (seconds) is later; others are a former user's with the same id. */
  tokensAfter: number
}
export interface UserCredentials extends UserRecord { passwordHash: string | null }
export interface NewUserRecord extends Membership { username: string, passwordHash: string | null, name?: string, email?: string, /** Whether the actor chose the id. */ isIdChosen?: boolean }
export interface UserFilter { after?: string, limit: number, company?: string, role?: string, group?: GroupRef, /** The start of an id, a username, a name or an address for mail. */ q?: string }
export interface UserChangeRecord { username?: string, name?: string | null, passwordHash?: string | null, role?: string, company?: string | null, email?: string | null }
/** `isPasswordEnded`: the user's role or company changed, and with it ended a password (and its sessions) set by somebody who may not manage the user any more. */
export interface AppliedClaims extends UserRecord { isPasswordEnded?: boolean }
/** What a token from another issuer says of its user; `iat` in seconds. */
export interface Claims extends Membership {
  iat: number
  /** An address that the issuer has verified; absent if the token does not say. */
  email?: string | undefined
  /** The names of groups of the user's company, or of global ones for a user without one; absent if the token does not say. */
  groups?: { names: string[], limits: GroupLimits } | undefined
}

export interface Users {
  user (id: string): Promise<UserRecord | undefined>
  /** Those of these users that exist, in no order. */
  usersById (ids: string[]): Promise<UserRecord[]>
  userByName (username: string): Promise<UserCredentials | undefined>
  /** Users in order of their ids, after `after`. */
  users (filter: UserFilter): Promise<UserRecord[]>
  /** How many users an audience addresses; of an audience of users, ids that were never seen count too. */
  countAudience (audience: Audience): Promise<number>
  /** How many of these ids (1,000 at most) named no user when the event with `seq` `before` was appended; now, if it is absent. */
  countUnknown (ids: string[], before?: number): Promise<number>
  /** How many users there are, including removed ones: 0 only in a new store. */
  countUsersEver (): Promise<number>
  /** Throws BLF_USER_EXISTS, BLF_USERNAME_TAKEN. */
  createUser (user: NewUserRecord, by?: ActorRef): Promise<UserRecord>
  /** Creates a user in a store that never had one; undefined if it has. */
  createFirstUser (user: NewUserRecord): Promise<UserRecord | undefined>
  /**
   * A new password ends all sessions; null removes the password. Throws BLF_USER_NOT_FOUND, BLF_USERNAME_TAKEN, BLF_ROLE_NEEDED,
   * BLF_LAST_ADMIN, and BLF_PASSWORD_NEEDED where the user becomes a platform admin or changes company, and has a
   * password that neither a platform admin nor an operator set.
   */
  changeUser (id: string, change: UserChangeRecord, by?: ActorRef): Promise<UserRecord>
  /** Changes the actor's own password, which ends all sessions but the actor's. Throws BLF_WRONG_PASSWORD if `verifiedHash` is no longer the old one's. */
  changePassword (by: ActorRef, verifiedHash: string, passwordHash: string): Promise<UserRecord>
  /** Throws BLF_USER_NOT_FOUND, BLF_LAST_ADMIN. */
  removeUser (id: string, by?: ActorRef): Promise<void>
  /**
   * Stores the role and company that a token states: creates an unknown user, and changes a known one if the
   * token is newer than what the store knows. Throws BLF_UNAUTHENTICATED for a token from before the user's
   * removal.
   */
  applyClaims (claims: Claims): Promise<AppliedClaims>
  /** What `applyClaims` would resolve with, without storing anything; undefined if it would change the user. Throws the same errors. */
  previewClaims (claims: Claims): Promise<UserRecord | undefined>
}
