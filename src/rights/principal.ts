import { audienceKey, keySubject, type Membership } from '../log/audience.ts'

/** Who makes a request: a user with a token, or an API key with scopes. */
export interface UserPrincipal extends Membership {
  kind: 'user'
  username: string | null
  createdAt: number
  /** The session of Belfry's own login that the token belongs to; absent for tokens minted elsewhere. */
  sessionId?: string
  /** When the token expires, seconds since 1970. */
  expiresAt: number
}
export interface KeyPrincipal {
  kind: 'key'
  id: string
  name: string
  scopes: string[]
  /** The hash of its secret, by which the directory finds it. */
  hash: string
  /** The key's own limit, requests a minute. The lower of it and the limit of all keys applies. */
  rateLimit?: number | null
  /** When the key expires, seconds since 1970, with milliseconds; null if never. */
  expiresAt?: number | null
}
export type Principal = UserPrincipal | KeyPrincipal

/** The principal of a user's token, which expires at `expiresAt` (seconds since 1970). */
export function toUserPrincipal<User extends Omit<UserPrincipal, 'kind' | 'sessionId' | 'expiresAt'>> (user: User, expiresAt: number, sessionId: string | undefined) {
  return { kind: 'user' as const, ...user, expiresAt, ...(sessionId === undefined ? {} : { sessionId }) }
}

/** The part of a principal that decides its rights. */
export type Actor = Pick<UserPrincipal, 'kind' | 'id' | 'role' | 'company'> | Pick<KeyPrincipal, 'kind' | 'id' | 'scopes'>

/** Identifies the principal behind a write. The store reads its role, company or scopes again in the write's transaction. */
export interface ActorRef { kind: Principal['kind'], id: string, sessionId: string | null }

export function actorRef (principal: Principal): ActorRef {
  const { kind, id } = principal
  return { kind, id, sessionId: (principal.kind === 'user' && principal.sessionId) || null }
}

/** A principal as the log writes it: `user:<id>` or `key:<id>`. */
export function senderOf ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}

/** The key under which the hub and the socket limits group all sockets of one user or API key. */
export function subjectOf ({ kind, id }: Pick<Principal, 'kind' | 'id'>): string {
  return kind === 'user' ? audienceKey.user(id) : keySubject(id)
}

export function isPlatformAdmin ({ role, company }: Pick<Membership, 'role' | 'company'>): boolean {
  return role === 'admin' && company === null
}

/** Whose groups a principal means by a company's name: the company's, global ones (null) if it is empty, and if it is absent those of the principal's company. */
export function companyOf (principal: Principal, company: string | undefined): string | null {
  if (company !== undefined) return company === '' ? null : company
  return principal.kind === 'user' ? principal.company : null
}
