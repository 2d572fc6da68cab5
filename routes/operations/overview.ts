import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { onlyStreams } from '../../plugins/stream.ts'
import { overviewDescription } from '../../src/docs/overview.ts'
import { OVERVIEW_PATH } from '../../src/protocol/endpoint.ts'
import { subjectOf } from '../../src/rights/principal.ts'
import { OverviewRef } from '../../schemas/overview.ts'
import { problems } from '../../schemas/problem.ts'
import { OverviewQuery, streamAnswers } from '../../schemas/socket/stream.ts'

const overviewRoutes: FastifyPluginAsyncTypebox<{ allowedOrigins: string[] }> = async (app, { allowedOrigins }) => {
  app.get('/api/overview', {
    config: { access: ['overview.read'] },
    schema: {
      operationId: 'getOverview',
      summary: 'See how all nodes are',
      description: 'The answer takes up to half a second after a pause, because the node then measures itself for a moment and asks the others; within five seconds of the last one it comes at once.',
      tags: ['operations'],
      response: { 200: OverviewRef, ...problems(401, 403) }
    }
  }, async () => await app.overview.read())

  await app.register(async (app) => {
    onlyStreams(app, allowedOrigins)

    app.get(OVERVIEW_PATH, {
      // The answer to HEAD would be a stream without events.
      exposeHeadRoute: false,
      config: { access: ['overview.read'], takesTickets: true },
      schema: {
        operationId: 'openOverview',
        summary: 'Open a stream of overviews',
        description: overviewDescription,
        tags: ['operations'],
        querystring: OverviewQuery,
        response: streamAnswers
      }
    }, async (request, reply) => {
      app.openOverview(request, reply, await app.limits.seats.take({ subject: subjectOf(request.principal) }))
    })
  })
}

export default overviewRoutes
