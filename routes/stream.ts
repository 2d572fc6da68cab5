import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { onlyStreams } from '../plugins/stream.ts'
import { streamDescription } from '../src/docs/stream.ts'
import { parseTopics } from '../src/hub/topics.ts'
import { STREAM_PATH } from '../src/protocol/endpoint.ts'
import { subjectOf } from '../src/rights/principal.ts'
import { streamAnswers, StreamHeaders, StreamQuery } from '../schemas/socket/stream.ts'

export interface StreamRoutesOptions { allowedOrigins: string[] }

const streamRoutes: FastifyPluginAsyncTypebox<StreamRoutesOptions> = async (app, { allowedOrigins }) => {
  onlyStreams(app, allowedOrigins)

  app.get(STREAM_PATH, {
    // The answer to HEAD would be a stream without events.
    exposeHeadRoute: false,
    config: { access: ['stream.open'], takesTickets: true },
    schema: {
      operationId: 'openStream',
      summary: 'Open a stream of notifications',
      description: streamDescription,
      tags: ['stream'],
      querystring: StreamQuery,
      headers: StreamHeaders,
      response: streamAnswers
    }
  }, async (request, reply) => {
    const { principal, query: { since, topics, device }, headers: { 'last-event-id': lastEventId } } = request
    const seat = await app.limits.seats.take({ subject: subjectOf(principal) })
    app.openStream(request, reply, {
      seat,
      // An `EventSource` that reconnects repeats its URL, whose `since` is older.
      since: lastEventId || since,
      topics: topics === undefined ? null : parseTopics(topics),
      device
    })
  })
}

export default streamRoutes
