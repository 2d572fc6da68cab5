import type { Membership } from '../log/audience.ts'
import { subjectOf, type Principal } from '../rights/principal.ts'

/** Whose connection it is: a user's, or an API key's, which has no inbox. */
export interface Identity {
  /** The same for every connection of one user or key: the user's own audience key, or `k:<key id>`. */
  subject: string
  /** As of the credentials that the connection came with; its user may have moved since. */
  principal: Principal
  /** Of a user, the principal itself; null for an API key. */
  membership: Membership | null
  /** The login session that its token belongs to, if Belfry issued it. */
  sessionId?: string | undefined
  /** When its token expires, seconds since 1970, with milliseconds; null for an API key that has no end. */
  expiresAt: number | null
}

/** A principal as the connection that it opened knows it. */
export function identityOf (principal: Principal): Identity {
  const subject = subjectOf(principal)
  if (principal.kind === 'key') return { subject, principal, membership: null, expiresAt: principal.expiresAt ?? null }
  const { expiresAt, sessionId } = principal
  return { subject, principal, membership: principal, expiresAt, sessionId }
}
