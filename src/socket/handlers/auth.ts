import { problem } from '../../errors.ts'
import { formatTimestamp } from '../../protocol/timestamp.ts'
import type { Handler } from './context.ts'

/** Renews the token of an authenticated socket. The first `auth` frame of a socket is handled by its pending session. */
export const auth: Handler<'auth'> = async ({ services, identity, ip, renew }, { token }) => {
  const renewed = await services.renew(token, ip)
  if (renewed.subject !== identity.subject) throw problem('BLF_FORBIDDEN', 'The new token must belong to the user who opened the socket.')
  renew(renewed)
  const { expiresAt } = renewed
  return { frame: { type: 'ok', payload: expiresAt === null ? {} : { expires_at: formatTimestamp(Math.round(expiresAt * 1000)) } } }
}
