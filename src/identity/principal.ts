import { audienceKey, keySubject, type Membership } from '../log/audience.ts'

/** Who makes a request: a user with a token, or an API key with scopes. */
export interface UserPrincipal extends Membership {
  kind: 'user'
  username: string | null
  createdAt: number
  /** The login session the token is of; absent for tokens minted elsewhere. */
  sessionId?: string
  /** Seconds since 1970. */
  expiresAt: number
}
export interface KeyPrincipal {
  kind: 'key'
  id: string
  name: string
  scopes: string[]
  /** The hash of its secret, by which the directory finds it. */
  hash: string
  /** Requests a minute, if fewer than those of every key. */
  rateLimit?: number | null
  /** Seconds since 1970; null is never. */
  expiresAt?: number | null
}
export type Principal = UserPrincipal | KeyPrincipal

/** The principal of a user's token, which expires at `expiresAt` (seconds since 1970). */
export function toUserPrincipal<User extends Omit<UserPrincipal, 'kind' | 'sessionId' | 'expiresAt'>> (user: User, expiresAt: number, sessionId: string | undefined) {
  return { kind: 'user' as const, ...user, expiresAt: Math.floor(expiresAt), ...(sessionId === undefined ? {} : { sessionId }) }
}

/** The part of a principal that decides its rights. */
export type Actor = Pick<UserPrincipal, 'kind' | 'id' | 'role' | 'company'> | Pick<KeyPrincipal, 'kind' | 'id' | 'scopes'>

/** Identifies a principal to the store, which reads its rights again in the transaction of the write. */
export interface ActorRef { kind: Principal['kind'], id: string, sessionId: string | null }

export function actorRef (principal: Principal): ActorRef {
  const { kind, id } = principal
  return { kind, id, sessionId: (principal.kind === 'user' && principal.sessionId) || null }
}

/** A principal as the log writes it: `user:<id>` or `key:<id>`. */
export function senderOf ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}

/** The subject that all sockets of one user or key share. */
export function subjectOf ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return kind === 'user' ? audienceKey.user(id) : keySubject(id)
}

export function isPlatformAdmin ({ role, company }: Pick<Membership, 'role' | 'company'>): boolean {
  return role === 'admin' && company === null
}
