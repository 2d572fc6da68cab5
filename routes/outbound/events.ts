import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problem } from '../../src/errors.ts'
import type { FeedType } from '../../src/protocol/outbound/feed.ts'
import { actorRef } from '../../src/rights/principal.ts'
import { FeedPageRef, FeedQuery } from '../../schemas/outbound/feed.ts'
import { problems } from '../../schemas/problem.ts'

/** The log, for backends: they ask for what came after a cursor, and may wait for it. */
const eventRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', {
    config: { access: ['events.read'] },
    schema: {
      operationId: 'listEvents',
      summary: 'Follow the event log',
      description: [
        'What happened, oldest first, for backends: ask again with the `cursor` of each answer, and nothing is missed. With `wait`, an answer without items comes only after that time, or when this server shuts down.',
        'A company\'s events are what was sent to it alone, and what its users did while they were its users; company admins, and keys with `events:read:<company>`, get those.',
        'A cursor that cannot be resumed from is a 410 `BLF_CURSOR_GONE`: `reason` says why, and `cursor` is the oldest one from which all that follows is kept. At most 20 polls of one principal wait at a time, others are a 429.'
      ].join('\n\n'),
      tags: ['events'],
      querystring: FeedQuery,
      response: { 200: FeedPageRef, ...problems(400, 401, 403, 410) }
    }
  }, async ({ principal, query: { since, last, types, limit = 100, wait = 0 } }, reply) => {
    if (since !== undefined && last !== undefined) throw problem('BLF_VALIDATION', undefined, [{ path: '/querystring/last', message: 'must be left out with since' }])
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    // Nobody is told of what came after their credentials have expired.
    const leftMs = principal.expiresAt == null ? Infinity : Math.max(0, principal.expiresAt * 1000 - Date.now())
    return await app.feed.poll(actorRef(principal), { since, last, types: types?.split(',') as FeedType[] | undefined, limit, waitMs: Math.min(wait * 1000, leftMs) }, gone.signal)
  })
}

export default eventRoutes
