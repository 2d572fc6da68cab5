import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { contentOfSend } from '../src/draft.ts'
import { secured } from '../schemas/docs.ts'
import { problems } from '../schemas/problem.ts'
import { DryRunQuery, IdempotencyHeader, SendRef, SentRef } from '../schemas/send.ts'
import inboxRoutes from './inbox.ts'
import markRoutes from './marks.ts'

const notificationsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook('onRequest', app.authenticate)
  app.addHook('onSend', async (_request, reply) => { reply.header('cache-control', 'no-store') })

  app.post('/send', {
    schema: {
      operationId: 'sendNotification',
      summary: 'Send a notification',
      description: 'To everyone, unless `audience` says otherwise. Everyone: platform admins; a company, a role in it, or users of it: also its admins.',
      tags: ['notifications'],
      ...secured,
      headers: IdempotencyHeader,
      querystring: DryRunQuery,
      body: SendRef,
      response: { 200: SentRef, ...problems(400, 401, 403, 409, 413, 415) }
    }
  }, async ({ principal, body, query, headers }) => {
    const result = await app.notifier.send({
      principal,
      audience: body.audience ?? { all: true },
      content: contentOfSend(body),
      idempotencyKey: headers['idempotency-key'],
      dryRun: query.dry_run
    })
    return { message: 'recipients' in result ? 'Dry run: nothing was sent' : 'Notification sent successfully', ...result }
  })

  await app.register(inboxRoutes)
  await app.register(markRoutes)
}

export default notificationsRoutes
