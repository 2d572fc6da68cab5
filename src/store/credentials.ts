import type { ActorRef } from '../rights/principal.ts'
import type { UserRecord } from './store.ts'

/** A login. Its access tokens carry its id; its refresh tokens are rotated. */
export interface NewSession {
  id: string
  userId: string
  /** The stored hash that the given password was verified against, if one was given. */
  verifiedHash?: string | undefined
  refreshHash: string
  /** The hash of what all refresh tokens of the session begin with. Without it every used token keeps a row. */
  family?: string | null | undefined
  /** Milliseconds since 1970; every refresh extends it. */
  expiresAt: number
  address?: string | undefined
  userAgent?: string | undefined
  /** Whether its refresh token is in a cookie: then it is noted when the password was given. */
  isCookie?: boolean | undefined
}

export interface Rotation extends Pick<NewSession, 'expiresAt' | 'address' | 'userAgent'> {
  hash: string
  /** The token's family: if the token is not known any more, it was one of that session's. */
  family?: string | null | undefined
  nextHash: string
  /** Milliseconds after the login at which the session ends, however often it is refreshed. */
  lifetime?: number
}

/** `refused`: the token is unknown, expired or revoked. `reused`: the token was used before and its grace is over; the session has ended. */
export type RefreshResult = { outcome: 'refused' | 'reused' } | { outcome: 'rotated', sessionId: string, /** When the session ends at the latest. */ endsAt: number, user: UserRecord }

export interface SessionRecord { id: string, createdAt: number, lastUsedAt: number, address: string | null, userAgent: string | null }

export interface NewTicket {
  hash: string
  userId: string
  sessionId: string | null
  /** When the access token that the ticket was issued for expires, seconds since 1970. */
  tokenExpiresAt: number
  origin: string | null
  /** Milliseconds since 1970. */
  expiresAt: number
}
export type Ticket = Omit<NewTicket, 'hash' | 'expiresAt'>

/** An API key's own limits: requests per minute, and expiry in milliseconds since 1970; null for none. */
export interface KeyBounds { rateLimit: number | null, expiresAt: number | null }
export interface KeyRecord extends KeyBounds { id: string, name: string, scopes: string[], createdAt: number, lastUsedAt: number | null }
export interface NewKey extends Partial<KeyBounds> { id: string, name: string, hash: string, scopes: string[] }

/** The part of the store's contract about credentials. Hashes are SHA-256 of 256 random bits, so they need no salt. */
export interface Credentials {
  /** Ends the user's oldest sessions if there are too many. Throws BLF_BAD_CREDENTIALS if the password has changed since it was verified. */
  openSession (session: NewSession): Promise<void>
  isSessionOpen (id: string): Promise<boolean>
  /** The open session that the refresh tokens of a family are of, and its user. */
  sessionOfFamily (family: string): Promise<{ id: string, userId: string } | undefined>
  /** When the password of an open session was last given, milliseconds since 1970; undefined for a session that is never asked for it again. */
  passwordGivenAt (sessionId: string): Promise<number | undefined>
  /** Notes that the password of a session was given again. Throws BLF_WRONG_PASSWORD if it has changed since it was verified. */
  confirmPassword (by: ActorRef, verifiedHash: string): Promise<void>
  /** Replaces a refresh token by a successor. Used again within its grace, a token gets another successor; used again later, it ends the session. */
  refresh (rotation: Rotation): Promise<RefreshResult>
  /** The open sessions of a user, the most recently used first. */
  sessions (userId: string): Promise<SessionRecord[]>
  /** Ends a session of the actor, or of a user whom the actor manages. Throws BLF_SESSION_NOT_FOUND. */
  endSession (id: string, by: ActorRef): Promise<void>
  /** Ends every session of a user. */
  revokeSessions (userId: string): Promise<void>
  /** Ends a session on every node; no effect if it has ended already. */
  revokeSession (id: string): Promise<void>
  /** Throws BLF_UNAUTHENTICATED if its user or session has ended. */
  createTicket (ticket: NewTicket): Promise<void>
  /** Returns a ticket once; undefined if it is unknown, used or expired. Throws BLF_UNAUTHENTICATED if its user or session has ended. */
  redeemTicket (hash: string): Promise<Ticket | undefined>
  createKey (key: NewKey, by?: ActorRef): Promise<KeyRecord>
  /** Returns expired keys too: the caller checks `expiresAt`. */
  keyByHash (hash: string): Promise<KeyRecord | undefined>
  keys (): Promise<KeyRecord[]>
  /** Updates the key's `lastUsedAt`. */
  touchKey (id: string): Promise<void>
  /** Throws BLF_KEY_NOT_FOUND. */
  revokeKey (id: string, by?: ActorRef): Promise<void>
}
