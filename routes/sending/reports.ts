import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ReportDesk } from '../../src/notification/reports.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import { Id, UserId } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { RecipientPageRef, RecipientsQuery, ReportRef, UserReportRef } from '../../schemas/sending/report.ts'

const config = { access: ['reports.read'] } as const
const tags = ['reports']
const params = Type.Object({ notification_id: Id() })

/** Who got a notification, and what they made of it: for its sender, and for admins of the company that it was addressed to alone. */
const reportRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const desk = new ReportDesk({ store: app.store, hub: app.hub })
  const cursorOf = (seq: number) => formatCursor(app.store.epoch, seq)

  app.get('/:notification_id', {
    config,
    schema: {
      operationId: 'getReport',
      summary: 'Count who got a notification',
      description: 'Counted as of `cursor`. After retention only acknowledgements are left of it, and of a notification that needed none nothing: a 404.',
      tags,
      params,
      response: { 200: ReportRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const { seq, at, ...counts } = await desk.report(principal, id)
    return { ...counts, cursor: cursorOf(seq), as_of: formatTimestamp(at) }
  })

  app.get('/:notification_id/users', {
    config,
    schema: {
      operationId: 'listRecipients',
      summary: 'List who got a notification',
      description: 'A page looks at 20,000 recipients at most, so that one with a rare state may have fewer items than `limit`, or none, and a `next_after` all the same.',
      tags,
      params,
      querystring: RecipientsQuery,
      response: { 200: RecipientPageRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id }, query: { state = 'recipients', limit = 50, after } }) => {
    const { recipients, next, seq } = await desk.recipients(principal, id, { state, limit, after })
    const items = recipients.map(({ userId, acknowledgedAt, ...states }) => ({ user_id: userId, ...states, acknowledged_at: timeOf(acknowledgedAt) }))
    return { items, next_after: next, cursor: cursorOf(seq) }
  })

  app.get('/:notification_id/users/:user_id', {
    config,
    schema: {
      operationId: 'getRecipient',
      summary: 'See why somebody got a notification, or did not',
      description: 'Also of users who are no recipients, and of ids that name nobody: those were not in the audience.',
      tags,
      params: Type.Object({ ...params.properties, user_id: UserId() }),
      response: { 200: UserReportRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id, user_id: userId } }) => {
    const { seq, seenAt, readAt, acknowledgedAt, isConnected, muted, reasons, userId: _, ...states } = await desk.user(principal, id, userId)
    const isAway = states.matched && !states.delivered && !isConnected
    return {
      user_id: userId,
      ...states,
      reasons: isAway ? [...reasons, 'not_connected' as const] : reasons,
      acknowledged_at: timeOf(acknowledgedAt),
      seen_at: timeOf(seenAt),
      read_at: timeOf(readAt),
      channels: [],
      cursor: cursorOf(seq)
    }
  })
}

function timeOf (ms: number | null): string | null {
  return ms === null ? null : formatTimestamp(ms)
}

export default reportRoutes
