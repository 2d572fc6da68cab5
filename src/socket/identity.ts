import { subjectOf, type Principal } from '../rights/principal.ts'
import type { Identity } from './services.ts'

/** A principal as the socket that it opened knows it. */
export function identityOf (principal: Principal): Identity {
  const subject = subjectOf(principal)
  if (principal.kind === 'key') return { subject, principal, membership: null, expiresAt: principal.expiresAt ?? null }
  const { expiresAt, sessionId } = principal
  return { subject, principal, membership: principal, expiresAt, sessionId }
}
