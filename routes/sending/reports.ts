import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ReportDesk } from '../../src/notification/reports.ts'
import { toDemandReport } from '../../src/notification/present.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import { actorRef } from '../../src/rights/principal.ts'
import { Id, UserId } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { RecipientPageRef, RecipientsQuery, RemindedRef, ReportRef, UserReportRef } from '../../schemas/sending/report.ts'

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
    const { seq, at, demand, outstanding, ...counts } = await desk.report(principal, id)
    return { ...counts, ...(demand && { acknowledge: toDemandReport(demand, outstanding) }), cursor: cursorOf(seq), as_of: formatTimestamp(at) }
  })

  app.post('/:notification_id/remind', {
    config: { access: ['remind'] },
    schema: {
      operationId: 'remindOutstanding',
      summary: 'Remind whoever has not acknowledged a notification',
      description: 'Those of `acknowledge.outstanding` in its report get `notification.reminder`, once more than planned; a planned reminder of the coming hour is given now instead. Within an hour of a reminder nothing happens, and the answer is of that one: a retry reminds nobody twice. Also after `acknowledge.by`.',
      tags,
      params,
      response: { 200: RemindedRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const { at, from, isNew } = await app.store.remindNow(id, actorRef(principal))
    return { message: isNew ? 'Reminder begun' : 'Reminded within the hour', id, reminded_at: formatTimestamp(at), remind_from: formatTimestamp(from) }
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
      description: 'Also of users who are no recipients, and of ids that name nobody: those were not in the audience. After retention a 404, unless the user\'s acknowledgement is kept.',
      tags,
      params: Type.Object({ ...params.properties, user_id: UserId() }),
      response: { 200: UserReportRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id, user_id: userId } }) => {
    const { seq, seenAt, readAt, acknowledgedAt, isConnected, muted, mutedBy, joined, reasons, userId: _, ...states } = await desk.user(principal, id, userId)
    const channels = states.matched ? await app.channelReports.of(userId, id, { isRead: readAt !== null, joined }) : []
    const isAway = states.matched && !states.delivered && !isConnected
    return {
      user_id: userId,
      ...states,
      reasons: isAway ? [...reasons, 'not_connected' as const] : reasons,
      muted_by: mutedBy,
      acknowledged_at: timeOf(acknowledgedAt),
      seen_at: timeOf(seenAt),
      read_at: timeOf(readAt),
      channels: channels.map(({ at, ...channel }) => ({ ...channel, at: timeOf(at) })),
      cursor: cursorOf(seq)
    }
  })
}

function timeOf (ms: number | null): string | null {
  return ms === null ? null : formatTimestamp(ms)
}

export default reportRoutes
