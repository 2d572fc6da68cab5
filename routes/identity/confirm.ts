import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { verifyOwnPassword } from '../../src/identity/own-password.ts'
import { actorRef } from '../../src/rights/principal.ts'
import { ConfirmationRef } from '../../schemas/identity/auth.ts'
import { problems } from '../../schemas/problem.ts'

/** The password once more, for what a login in a page asks for it again. */
const confirmRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/confirm', {
    config: { access: ['account.change'] },
    schema: {
      operationId: 'confirmPassword',
      summary: 'Give the password again',
      description: 'Where a session\'s refresh token is in a cookie and its password was given more than 600 seconds ago, sends to everyone and changes of API keys are answered with 403 and the code `BLF_REAUTHENTICATE`: an open page that somebody found must not be enough for them. After this call they work for another 600 seconds. All other sessions are never asked.',
      tags: ['auth'],
      body: ConfirmationRef,
      response: { 204: Type.Null({ description: 'The password is right.' }), ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, ip, body: { password } }, reply) => {
    const verifiedHash = await verifyOwnPassword(app, principal, password, ip)
    await app.store.confirmPassword(actorRef(principal), verifiedHash)
    return await reply.code(204).send(null)
  })
}

export default confirmRoutes
