import { Type, type TProperties } from '@sinclair/typebox'
import { Id } from './primitives.ts'
import { NotificationRef } from './notification.ts'
import { refTo } from './ref.ts'
import { UserRef } from './user.ts'

const cursor = Type.String({ description: 'The place in the log after this frame: what to give as `since`.', examples: ['k3v9x0qa.2s'] })
const replyTo = Type.String({ description: 'The `id` of the client frame this answers.' })
const ids = Type.Object({ ids: Type.Array(Id()) })

function serverFrame<P extends TProperties> (type: string, name: string, rest: P, description: string) {
  return Type.Object({ type: Type.Literal(type), ...rest }, { $id: name, description })
}

export const GapReason = Type.Unsafe<'expired' | 'epoch' | 'future' | 'unreadable'>({
  type: 'string',
  enum: ['expired', 'epoch', 'future', 'unreadable'],
  description: '`expired`: older than what is kept; `epoch`: from another log, as after a restore; `future`: not reached yet; `unreadable`: not a cursor.'
})

export const serverFrames = {
  welcome: serverFrame('welcome', 'WelcomeFrame', {
    cursor,
    reply_to: Type.Optional(replyTo),
    payload: Type.Object({
      connection_id: Id(),
      user: UserRef,
      unread_count: Type.Integer({ minimum: 0 }),
      heartbeat_interval: Type.Integer({ description: 'Seconds between the server\'s pings.', examples: [25] }),
      resume: Type.Unsafe<'none' | 'complete' | 'gap'>({ type: 'string', enum: ['none', 'complete', 'gap'] })
    })
  }, 'The first frame; `cursor` is where live begins.'),
  notification: serverFrame('notification', 'NotificationFrame', { id: Id(), cursor, payload: NotificationRef }, 'A notification.'),
  'notification.read': serverFrame('notification.read', 'NotificationReadFrame', { cursor, payload: ids }, 'Read on another socket or over REST.'),
  'notification.unread': serverFrame('notification.unread', 'NotificationUnreadFrame', { cursor, payload: ids }, 'Marked unread elsewhere.'),
  'notification.deleted': serverFrame('notification.deleted', 'NotificationDeletedFrame', { cursor, payload: ids }, 'Deleted from the inbox elsewhere.'),
  'notification.recalled': serverFrame('notification.recalled', 'NotificationRecalledFrame', { cursor, payload: ids }, 'Recalled by its sender: gone from every inbox.'),
  'inbox.read_all': serverFrame('inbox.read_all', 'InboxReadAllFrame', {
    cursor,
    payload: Type.Object({ before: Type.String({ description: 'Everything up to and including this cursor is read.' }), topic: Type.Optional(Type.String()) })
  }, 'Everything up to a cursor was read elsewhere.'),
  caught_up: serverFrame('caught_up', 'CaughtUpFrame', { cursor, payload: Type.Object({ count: Type.Integer({ minimum: 0 }) }) }, 'The replay is over; `count` events were sent.'),
  gap: serverFrame('gap', 'GapFrame', { cursor, payload: Type.Object({ reason: GapReason }) }, 'The cursor cannot be resumed: fetch the inbox, then go on from `cursor`.'),
  subscribed: serverFrame('subscribed', 'SubscribedFrame', {
    cursor: Type.Optional(cursor), reply_to: Type.Optional(replyTo), payload: Type.Object({ topics: Type.Array(Type.String()) })
  }, 'The topic filter now in force; `["*"]` is everything.'),
  'token.expiring': serverFrame('token.expiring', 'TokenExpiringFrame', { payload: Type.Object({ expires_at: Type.String({ format: 'date-time' }) }) }, 'The token expires within 60 s; send `auth` with a new one.'),
  ok: serverFrame('ok', 'OkFrame', { reply_to: Type.Optional(replyTo), payload: Type.Optional(Type.Object({}, { additionalProperties: true })) }, 'It is done; for a `send`: committed and synced to disk.'),
  error: serverFrame('error', 'ErrorFrame', {
    reply_to: Type.Optional(replyTo),
    payload: Type.Object({
      code: Type.String({ examples: ['BLF_VALIDATION'] }),
      detail: Type.String(),
      errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() })))
    })
  }, 'It was not done, and why.'),
  pong: serverFrame('pong', 'PongFrame', { reply_to: Type.Optional(replyTo) }, 'The answer to `ping`.')
} as const

export type ServerFrameType = keyof typeof serverFrames

export const ServerFrameUnion = Type.Union(Object.values(serverFrames).map(frame => refTo(frame)), {
  $id: 'ServerFrame', description: 'Every frame the server may send on `/ws/notifications`.'
})
