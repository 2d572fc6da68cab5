import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { contentOfSend } from '../src/notification/draft.ts'
import { problems } from '../schemas/problem.ts'
import { ScheduledRef } from '../schemas/sending/scheduled.ts'
import { DryRunQuery, IdempotencyHeader, SendRef, SendResultRef } from '../schemas/send.ts'
import inboxRoutes from './inbox/inbox.ts'
import markRoutes from './inbox/marks.ts'
import stateRoutes from './inbox/states.ts'
import batchRoutes from './sending/batch.ts'

const notificationsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/send', {
    config: { access: ['send.all', 'send.company'] },
    schema: {
      operationId: 'sendNotification',
      summary: 'Send a notification',
      description: 'Sends to `audience`, or to everyone if it is absent; with `send_at` later, which is answered by a 202.',
      tags: ['notifications'],
      headers: IdempotencyHeader,
      querystring: DryRunQuery,
      body: SendRef,
      response: { 200: SendResultRef, 202: ScheduledRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, body, query, headers }, reply) => {
    const sending = { principal, audience: body.audience, content: contentOfSend(body), idempotencyKey: headers['idempotency-key'] }
    if (query.dry_run) return { message: 'Dry run: nothing was sent', ...await app.notifier.preview(sending) }
    const receipt = await app.notifier.send(sending)
    if ('send_at' in receipt) return await reply.code(202).send({ message: 'Notification scheduled', ...receipt })
    return { message: 'Notification sent successfully', ...receipt }
  })

  await app.register(batchRoutes)
  await app.register(inboxRoutes)
  await app.register(markRoutes)
  await app.register(stateRoutes)
}

export default notificationsRoutes
