import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../src/errors.ts'
import { actorRef } from '../src/rights/principal.ts'
import { mayManageSessions } from '../src/rights/rights.ts'
import { formatTimestamp } from '../src/protocol/timestamp.ts'
import { Id, UserId } from '../schemas/primitives.ts'
import { problems } from '../schemas/problem.ts'
import { SessionListRef } from '../schemas/identity/session.ts'

const config = { access: ['sessions.manage'] } as const
const common = { tags: ['auth'] }

/** Lists and ends the login sessions of a user. */
const sessionsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', {
    config,
    schema: {
      operationId: 'listSessions',
      summary: 'List open sessions, most recently used first',
      description: 'Your own sessions, or those of a user whom you may manage.',
      ...common,
      querystring: Type.Object({
        user_id: Type.Optional(UserId({ description: 'The user whose sessions to list; without it, your own.', examples: ['alice'] }))
      }, { additionalProperties: false }),
      response: { 200: SessionListRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, query: { user_id: userId = principal.kind === 'user' ? principal.id : undefined } }) => {
    const user = userId === undefined ? undefined : await app.store.user(userId)
    if (!mayManageSessions(principal, user)) throw problem('BLF_FORBIDDEN')
    if (!user) throw problem('BLF_USER_NOT_FOUND')
    const current = principal.kind === 'user' ? principal.sessionId : undefined
    const items = (await app.store.sessions(user.id)).map(({ id, createdAt, lastUsedAt, address, userAgent }) => ({
      id, created_at: formatTimestamp(createdAt), last_used_at: formatTimestamp(lastUsedAt), address, user_agent: userAgent, current: id === current
    }))
    return { items }
  })

  app.delete('/:session_id', {
    config,
    schema: {
      operationId: 'endSession',
      summary: 'End a session',
      description: 'The session\'s tokens stop working and its sockets close at once, on every node.',
      ...common,
      params: Type.Object({ session_id: Id() }),
      response: { 204: Type.Null({ description: 'Ended.' }), ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, params: { session_id: id } }, reply) => {
    await app.store.endSession(id, actorRef(principal))
    return await reply.code(204).send(null)
  })
}

export default sessionsRoutes
