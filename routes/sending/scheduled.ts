import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Cursor, Id, Limit } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { CancelledRef, PlanChangeRef, PlanPageRef, PlanRef, PlanStateRef } from '../../schemas/sending/scheduled.ts'

const params = Type.Object({ notification_id: Id() })
const query = Type.Object({
  limit: Type.Optional(Limit()),
  before: Type.Optional(Cursor({ description: 'The `next_before` of the previous page.', examples: ['k3v9x0qa.plan.2s'] })),
  state: Type.Optional(PlanStateRef)
}, { additionalProperties: false })
const common = { tags: ['scheduled'] }
const config = { access: ['recall'] } as const

/** Notifications that are sent later. Who may recall a notification may see and change it before. */
const scheduledRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', {
    config,
    schema: {
      operationId: 'listScheduled',
      summary: 'List scheduled notifications, the newest plan first',
      description: 'Those that the caller may see. What was sent, refused or cancelled, or has expired, stays in the list for 30 days.',
      ...common,
      querystring: query,
      response: { 200: PlanPageRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { limit = 50, ...filter } }) => await app.schedule.list(principal, { limit, ...filter }))

  app.get('/:notification_id', {
    config,
    schema: { operationId: 'getScheduled', summary: 'Get a scheduled notification', ...common, params, response: { 200: PlanRef, ...problems(400, 401, 403, 404) } }
  }, async ({ principal, params: { notification_id: id } }) => await app.schedule.get(principal, id))

  app.patch('/:notification_id', {
    config,
    schema: {
      operationId: 'changeScheduled',
      summary: 'Change a scheduled notification, or when it is sent',
      description: 'Its topic and its audience stay. What is not planned any more cannot be changed: 409 `BLF_ALREADY_SENT`.',
      ...common,
      params,
      body: PlanChangeRef,
      response: { 200: PlanRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id }, body }) => await app.schedule.change(principal, id, body))

  app.delete('/:notification_id', {
    config,
    schema: {
      operationId: 'cancelScheduled',
      summary: 'Cancel a scheduled notification',
      description: 'Its text is removed; its id stays taken for 30 days. Repeating it changes nothing. What was sent or refused, or has expired, cannot be cancelled: 409 `BLF_ALREADY_SENT`.',
      ...common,
      params,
      response: { 200: CancelledRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    await app.schedule.cancel(principal, id)
    return { message: 'Notification cancelled', id }
  })
}

export default scheduledRoutes
