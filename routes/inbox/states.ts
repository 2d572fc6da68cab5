import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { ownInbox } from '../../src/notification/notifier.ts'
import { toCounts, toItem } from '../../src/notification/present.ts'
import type { MarkVerb } from '../../src/store/store.ts'
import { acknowledgedFields, markedFields, restoredFields } from '../../src/protocol/marked.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import { InboxItemRef } from '../../schemas/notification.ts'
import { ActionId } from '../../schemas/shape.ts'
import { Id } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { AckedRef, AcknowledgedRef, AckRef, ActedRef, ArchiveStateRef, MarkRef, MarkedRef, SeenRef, SeenStateRef, type Mark } from '../../schemas/inbox/states.ts'

const notificationId = Id({ description: 'A notification\'s id.' })
const params = Type.Object({ notification_id: notificationId })
const tags = ['notifications']
const config = { access: ['inbox.use'] } as const

const VERBS: Record<Exclude<Mark['as'], 'acknowledged'>, MarkVerb> = {
  read: 'read', unread: 'unread', deleted: 'delete', archived: 'archive', unarchived: 'unarchive', restored: 'restore'
}

/** The single routes: each is `mark` for one notification. */
const SINGLE = [
  { verb: 'archive', method: 'PUT', operationId: 'archiveNotification', summary: 'Archive a notification', done: 'Notification archived', description: 'It leaves the list and the counts, and stays as read as it is. Repeating it changes nothing.' },
  { verb: 'unarchive', method: 'PUT', operationId: 'unarchiveNotification', summary: 'Take a notification out of the archive', done: 'Notification unarchived', description: 'Repeating it changes nothing.' },
  { verb: 'restore', method: 'POST', operationId: 'restoreNotification', summary: 'Restore a notification that was deleted', done: 'Notification restored', description: 'It is active or archived again, as it was before. What was not deleted is a 404.' }
] as const

/** The states of notifications in the principal's own inbox, beside read and deleted: archived, seen, acted on. */
const stateRoutes: FastifyPluginAsyncTypebox = async (app) => {
  // Not `unread-count`, which is the count of the inbox.
  app.get('/me/:notification_id(^(?!unread-count$)[^]*)', {
    config,
    schema: {
      operationId: 'getNotification',
      summary: 'Read one notification of your own inbox',
      description: 'Also an archived one. One that you deleted is a 404: it is in the list with `view=deleted`.',
      tags,
      params,
      response: { 200: InboxItemRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const inbox = ownInbox(principal)
    const entry = await app.store.item(inbox, id)
    if (!entry) throw problem('BLF_NOTIFICATION_NOT_FOUND')
    return toItem(app.store.epoch, entry)
  })

  app.post('/mark', {
    config,
    schema: {
      operationId: 'markNotifications',
      summary: 'Change the state of up to 100 notifications',
      description: 'Repeating it changes nothing. If none of the ids is found, the answer is a 404.',
      tags,
      body: MarkRef,
      response: { 200: MarkedRef, ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, body }) => {
    if (body.as === 'acknowledged') {
      const { found, missing, refused, ...result } = await app.notifier.acknowledge(principal, body.ids)
      return { ...acknowledgedFields({ found, missing, refused }), ...toCounts(app.store.epoch, result) }
    }
    const result = await app.notifier.mark(principal, VERBS[body.as], body.ids, body.since)
    const fieldsOf = body.as === 'restored' ? restoredFields : markedFields
    return { ...fieldsOf(result), ...toCounts(app.store.epoch, result) }
  })

  for (const { verb, method, operationId, summary, description, done } of SINGLE) {
    app.route({
      method,
      url: `/:notification_id/${verb}`,
      config,
      schema: { operationId, summary, description, tags, params, response: { 200: ArchiveStateRef, ...problems(400, 401, 403, 404, ...verb === 'archive' ? [409 as const] : [], 413, 415) } },
      handler: async ({ principal, params }) => {
        const { notification_id: id } = params as { notification_id: string }
        const { found: [found], ...result } = await app.notifier.markOne(principal, verb, id)
        const { readAt, archived } = found!
        return { message: done, id, read: readAt !== null, read_at: readAt === null ? null : formatTimestamp(readAt), archived, ...toCounts(app.store.epoch, result) }
      }
    })
  }

  app.put('/:notification_id/acknowledge', {
    config,
    schema: {
      operationId: 'acknowledgeNotification',
      summary: 'Acknowledge a notification',
      description: 'For good: repeating it changes nothing. After `acknowledge.by` it is accepted, and reported as late. It neither reads nor sees the notification.',
      tags,
      params,
      response: { 200: AcknowledgedRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const { found: [found], ...result } = await app.notifier.acknowledge(principal, [id])
    if (!found) throw problem('BLF_NOT_ACKNOWLEDGEABLE')
    return { message: 'Notification acknowledged', id, acknowledged_at: formatTimestamp(found.at), late: found.late, ...toCounts(app.store.epoch, result) }
  })

  app.post('/seen', {
    config,
    schema: {
      operationId: 'markSeen',
      summary: 'Say how far the inbox was seen',
      description: 'Everything up to the cursor was listed in front of the user: `unseen_count` is what is active after it, read or not. A lower cursor than before changes nothing; one beyond the log is a 400.',
      tags,
      body: SeenRef,
      response: { 200: SeenStateRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, body }) => {
    return toCounts(app.store.epoch, await app.notifier.see(principal, body.cursor))
  })

  app.post('/ack', {
    config,
    schema: {
      operationId: 'acknowledgeDelivery',
      summary: 'Say what a device got',
      description: `Notes that the device has everything that its sockets or streams were sent up to the cursor, as the frame \`ack\` does: for streams, which cannot send. Only what was sent since the connection's \`welcome\` counts, and nothing from before a \`gap\`.

It is answered once it is written: the first of a connection at once, later ones at most every five seconds a device. A lower cursor changes nothing. BLF_ACK_INVALID if no connection of this device that is open, or was in the last minute, was sent this much without a topic filter.

With several nodes it may go to any of them, because they ask each other over Redis; while Redis is away, BLF_UNAVAILABLE says that the others could not be asked. Without \`REDIS_URL\`, it must go to the node that has the connection.`,
      tags,
      body: AckRef,
      response: { 200: AckedRef, ...problems(400, 401, 403, 409, 413, 415) }
    }
  }, async ({ principal, body: { cursor, device } }) => {
    return { cursor: await app.ledger.ofDevice(ownInbox(principal), device, cursor) }
  })

  app.post('/:notification_id/actions/:action_id', {
    config,
    schema: {
      operationId: 'chooseAction',
      summary: 'Choose an action of a notification',
      description: 'The first one counts for good: a second call, also with another action, is answered by it, also if an edit has replaced the actions since. It neither reads nor sees the notification.',
      tags,
      params: Type.Object({ notification_id: notificationId, action_id: ActionId({ description: 'The `id` of one of its `actions`.' }) }),
      response: { 200: ActedRef, ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id, action_id: action } }) => {
    const { at, action: first, ...result } = await app.notifier.act(principal, id, action)
    return { id, action: first, at: formatTimestamp(at), ...toCounts(app.store.epoch, result) }
  })
}

export default stateRoutes
