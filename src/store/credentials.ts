import type { ActorRef } from '../rights/principal.ts'
import type { UserRecord } from './store.ts'

/** A login. Its access tokens carry its id; its refresh tokens are rotated. */
export interface NewSession {
  id: string
  userId: string
  /** The hash of the password that was given, if one was. */
  verifiedHash?: string | undefined
  refreshHash: string
  /** Milliseconds since 1970; moves on with every refresh. */
  expiresAt: number
  address?: string | undefined
  userAgent?: string | undefined
}

export interface Rotation extends Pick<NewSession, 'expiresAt' | 'address' | 'userAgent'> {
  hash: string
  nextHash: string
  /** Milliseconds from its login after which a session ends, however often it is refreshed. */
  lifetime?: number
}

/** A refresh token that is unknown, expired or revoked is `refused`; `reused` is one that was used before, past its grace: its session has ended. */
export type RefreshResult = { outcome: 'refused' | 'reused' } | { outcome: 'rotated', sessionId: string, /** When the session ends at the latest. */ endsAt: number, user: UserRecord }

export interface SessionRecord { id: string, createdAt: number, lastUsedAt: number, address: string | null, userAgent: string | null }

export interface NewTicket {
  hash: string
  userId: string
  sessionId: string | null
  /** When the token it was bought with expires, seconds since 1970. */
  tokenExpiresAt: number
  origin: string | null
  /** Milliseconds since 1970. */
  expiresAt: number
}
export type Ticket = Omit<NewTicket, 'hash' | 'expiresAt'>

/** How much and how long a key may be used: requests a minute, and milliseconds since 1970; null is no bound of its own. */
export interface KeyBounds { rateLimit: number | null, expiresAt: number | null }
export interface KeyRecord extends KeyBounds { id: string, name: string, scopes: string[], createdAt: number, lastUsedAt: number | null }
export interface NewKey extends Partial<KeyBounds> { id: string, name: string, hash: string, scopes: string[] }

/** Part of the store's contract: what opens doors. Hashes are SHA-256 of 256 random bits, so they need no salt. */
export interface Credentials {
  /** Ends the user's oldest sessions if there are too many. Throws BLF_BAD_CREDENTIALS if the password has changed since it was verified. */
  openSession (session: NewSession): Promise<void>
  isSessionOpen (id: string): Promise<boolean>
  /** Takes a refresh token out of use and puts the next one in its place; used again within its grace, it gets another; later, its session ends. */
  refresh (rotation: Rotation): Promise<RefreshResult>
  /** The open sessions of a user, the one used last first. */
  sessions (userId: string): Promise<SessionRecord[]>
  /** Ends a session of the actor or of a user that the actor manages. Throws BLF_SESSION_NOT_FOUND. */
  endSession (id: string, by: ActorRef): Promise<void>
  /** Ends every session of a user. */
  revokeSessions (userId: string): Promise<void>
  /** Ends a session on every node; again changes nothing. */
  revokeSession (id: string): Promise<void>
  /** Throws BLF_UNAUTHENTICATED if its user or session has ended. */
  createTicket (ticket: NewTicket): Promise<void>
  /** A ticket, once; undefined if it is unknown, used or expired. Throws BLF_UNAUTHENTICATED if its user or session has ended. */
  redeemTicket (hash: string): Promise<Ticket | undefined>
  createKey (key: NewKey, by?: ActorRef): Promise<KeyRecord>
  /** Also of a key that has expired: that is for its user to judge. */
  keyByHash (hash: string): Promise<KeyRecord | undefined>
  keys (): Promise<KeyRecord[]>
  /** Notes that a key is in use. */
  touchKey (id: string): Promise<void>
  /** Throws BLF_KEY_NOT_FOUND. */
  revokeKey (id: string, by?: ActorRef): Promise<void>
}
