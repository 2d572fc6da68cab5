import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Principal } from '../../src/rights/principal.ts'
import { toCounts } from '../../src/notification/present.ts'
import type { MarkVerb } from '../../src/store/store.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import { DeletedRef, ReadAllDoneRef, ReadAllRef, ReadStateRef } from '../../schemas/inbox/inbox.ts'
import { Id } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'

const params = Type.Object({
  notification_id: Id({ description: 'A notification\'s id.' })
})
const common = { tags: ['notifications'], params }
const config = { access: ['inbox.use'] } as const

/** Marks notifications in the principal's own inbox as read or unread, and deletes them. */
const markRoutes: FastifyPluginAsyncTypebox = async (app) => {
  async function mark (principal: Principal, verb: MarkVerb, id: string) {
    const { found: [found], refused: _refused, ...result } = await app.notifier.markOne(principal, verb, id)
    return { readAt: found!.readAt, ...toCounts(app.store.epoch, result) }
  }

  for (const verb of ['read', 'unread'] as const) {
    app.put(`/:notification_id/${verb}`, {
      config,
      schema: {
        operationId: verb === 'read' ? 'markRead' : 'markUnread',
        summary: `Mark a notification as ${verb}`,
        description: 'Repeating it changes nothing.',
        ...common,
        response: { 200: ReadStateRef, ...problems(400, 401, 403, 404, 413, 415) }
      }
    }, async ({ principal, params: { notification_id: id } }) => {
      const { readAt, ...rest } = await mark(principal, verb, id)
      return {
        message: `Notification marked as ${verb}`,
        id,
        read: readAt !== null,
        read_at: readAt === null ? null : formatTimestamp(readAt),
        ...rest
      }
    })
  }

  app.post('/read-all', {
    config,
    // The body is optional; without it, everything is marked.
    preValidation: async (request) => { if (request.body === undefined) request.body = {} },
    schema: {
      operationId: 'markAllRead',
      summary: 'Mark everything as read',
      tags: ['notifications'],
      body: ReadAllRef,
      response: { 200: ReadAllDoneRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, body }) => {
    const { count, ...result } = await app.notifier.readAll(principal, body)
    return { count, ...toCounts(app.store.epoch, result) }
  })

  app.delete('/:notification_id', {
    config,
    schema: {
      operationId: 'deleteNotification',
      summary: 'Delete a notification from your own inbox',
      ...common,
      response: { 200: DeletedRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const { readAt, ...rest } = await mark(principal, 'delete', id)
    return { message: 'Notification deleted', id, ...rest }
  })
}

export default markRoutes
