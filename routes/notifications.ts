import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { contentOfSend } from '../src/notification/draft.ts'
import { problems } from '../schemas/problem.ts'
import { DryRunQuery, IdempotencyHeader, SendRef, SendResultRef } from '../schemas/send.ts'
import inboxRoutes from './inbox.ts'
import markRoutes from './marks.ts'
import batchRoutes from './sending/batch.ts'

const notificationsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/send', {
    config: { access: ['send.all', 'send.company'] },
    schema: {
      operationId: 'sendNotification',
      summary: 'Send a notification',
      description: 'Sends to `audience`, or to everyone if it is absent.',
      tags: ['notifications'],
      headers: IdempotencyHeader,
      querystring: DryRunQuery,
      body: SendRef,
      response: { 200: SendResultRef, ...problems(400, 401, 403, 409, 413, 415) }
    }
  }, async ({ principal, body, query, headers }) => {
    const sending = { principal, audience: body.audience, content: contentOfSend(body), idempotencyKey: headers['idempotency-key'] }
    if (query.dry_run) return { message: 'Dry run: nothing was sent', ...await app.notifier.preview(sending) }
    return { message: 'Notification sent successfully', ...await app.notifier.send(sending) }
  })

  await app.register(batchRoutes)
  await app.register(inboxRoutes)
  await app.register(markRoutes)
}

export default notificationsRoutes
