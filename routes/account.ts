import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { verifyOwnPassword } from '../src/identity/own-password.ts'
import { hashPassword } from '../src/identity/password.ts'
import { actorRef } from '../src/rights/principal.ts'
import { toUser } from '../src/notification/present.ts'
import { problems } from '../schemas/problem.ts'
import { PasswordChangeRef, UserRef } from '../schemas/identity/user.ts'

/** What users may change about themselves: only their password, not role, company or username. */
const accountRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.patch('/me', {
    config: { access: ['account.change'] },
    schema: {
      operationId: 'changePassword',
      summary: 'Change your own password',
      description: 'Ends the other sessions of the user, with their tokens and sockets. The session of the token that makes this request stays open. Role, company and username can only be changed by admins.',
      tags: ['users'],
      body: PasswordChangeRef,
      response: { 200: UserRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, ip, body: { current_password: current, password } }) => {
    const verifiedHash = await verifyOwnPassword(app, principal, current, ip)
    return toUser(await app.store.changePassword(actorRef(principal), verifiedHash, await hashPassword(password)))
  })
}

export default accountRoutes
