import { problem } from '../../errors.ts'
import type { Handler } from './context.ts'

/** Renews the token of a live socket. Authenticating a new one is the session's own first step. */
export const auth: Handler<'auth'> = async ({ services, identity, renew }, { token }) => {
  const renewed = await services.authenticate(token)
  if (renewed.user.id !== identity.user.id) throw problem('BLF_FORBIDDEN', 'A socket stays with the user it was opened by.')
  renew(renewed)
  return { type: 'ok', payload: { expires_at: new Date(renewed.expiresAt * 1000).toISOString() } }
}
