import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../src/errors.ts'
import { hashPassword, verifyPassword } from '../src/identity/password.ts'
import { actorRef } from '../src/rights/principal.ts'
import { toUser } from '../src/notification/present.ts'
import { problems } from '../schemas/problem.ts'
import { PasswordChangeRef, UserRef } from '../schemas/identity/user.ts'

/** What users change of themselves: their password, and nothing of where they stand. */
const accountRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.patch('/me', {
    config: { access: ['account.change'] },
    schema: {
      operationId: 'changePassword',
      summary: 'Change your own password',
      description: 'Ends the other sessions of this user, with their tokens and sockets; the session of this token goes on. Only admins change role, company and username.',
      tags: ['users'],
      body: PasswordChangeRef,
      response: { 200: UserRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, ip, body: { current_password: current, password } }) => {
    if (principal.kind !== 'user') throw problem('BLF_FORBIDDEN')
    // Whoever holds a stolen token should not get to guess the password with it.
    await app.limits.login(ip, principal.username ?? principal.id)
    const known = principal.username === null ? undefined : await app.store.userByName(principal.username)
    // A user whose tokens are minted elsewhere has no password here that could be shown.
    const verifiedHash = known?.id === principal.id ? known.passwordHash : null
    if (verifiedHash === null || !await verifyPassword(current, verifiedHash)) throw problem('BLF_WRONG_PASSWORD')
    app.limits.spareLogin(ip)
    return toUser(await app.store.changePassword(actorRef(principal), verifiedHash, await hashPassword(password)))
  })
}

export default accountRoutes
