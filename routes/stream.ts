import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { hasBody } from '../plugins/websocket.ts'
import { problem } from '../src/errors.ts'
import { streamDescription } from '../src/docs/stream.ts'
import { assertOrigin } from '../src/http/origin.ts'
import { parseTopics } from '../src/hub/topics.ts'
import { STREAM_PATH } from '../src/protocol/endpoint.ts'
import { subjectOf } from '../src/rights/principal.ts'
import { problems } from '../schemas/problem.ts'
import { StreamHeaders, StreamQuery } from '../schemas/socket/stream.ts'

export interface StreamRoutesOptions { allowedOrigins: string[] }

const streamRoutes: FastifyPluginAsyncTypebox<StreamRoutesOptions> = async (app, { allowedOrigins }) => {
  app.addHook('onRequest', async (request) => {
    if (hasBody(request.headers)) throw problem('BLF_BAD_REQUEST', 'A stream is opened without a body.')
    assertOrigin(request, app.publicUrl.origin, allowedOrigins)
  })
  app.addHook('onRequest', app.withSecurityHeaders)

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
      response: {
        200: { description: 'The stream is open, and stays so.', content: { 'text/event-stream': { schema: Type.String() } } },
        ...problems(400, 401, 403)
      }
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
