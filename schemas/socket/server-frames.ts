import { Type, type TProperties } from '@sinclair/typebox'
import type { GapReason as Reason } from '../../src/protocol/server-frames.ts'
import { cursor as someCursor, notification, user } from '../examples.ts'
import { Id, Name, Timestamp } from '../primitives.ts'
import { NotificationRef, NotificationUpdate, NotificationUpdateRef } from '../notification.ts'
import { nullable, refTo } from '../ref.ts'
import { ActionId } from '../shape.ts'
import { UserRef } from '../identity/user.ts'
import { overtaken } from '../inbox/states.ts'

const cursor = Type.String({ description: 'The `since` to reconnect with after this frame. That of every frame is safe.', examples: [someCursor] })
const replyTo = Type.String({ description: 'The `id` of the client frame that this answers.', examples: ['1'] })
const unreadCount = Type.Integer({
  minimum: 0, description: 'Unread notifications in the whole inbox, exact at this frame\'s `cursor`.', examples: [2]
})
const ids = Type.Object({ ids: Type.Array(Id()) })
const unseenCount = Type.Integer({ minimum: 0, description: 'Active notifications after the "seen" cursor, read or not, exact at this frame\'s `cursor`.', examples: [1] })
const counts = { unread_count: unreadCount, unseen_count: unseenCount }
/** For events of the user's own marks. Events that early versions stored have one count or none. */
const counted = { unread_count: Type.Optional(unreadCount), unseen_count: Type.Optional(unseenCount) }
const ownIds = Type.Object({ ids: Type.Array(Id()), ...counted })
const atCursor = { cursor: someCursor }
const someIds = { ...atCursor, payload: { ids: [notification.id] } }
const someOwnIds = { ...atCursor, payload: { ids: [notification.id], unread_count: 2, unseen_count: 1 } }

interface About { $id: string, description: string, example?: object, examples?: object[] }

function serverFrame<T extends string, P extends TProperties> (type: T, rest: P, { $id, description, example, examples = [example ?? {}] }: About) {
  return Type.Object({ type: Type.Literal(type), ...rest }, { $id, description, examples: examples.map(example => ({ type, ...example })) })
}

export const GapReason = Type.Unsafe<Reason>({
  type: 'string',
  enum: ['expired', 'epoch', 'future', 'unreadable'],
  description: 'Why the cursor cannot be resumed. `expired`: retention has removed events after it, before or during the replay; `epoch`: it is of another log, as after a restore; `future`: it is ahead of the log; `unreadable`: it is not a cursor.'
})

const Welcome = Type.Object({
  connection_id: Id(),
  user: Type.Optional(UserRef),
  key: Type.Optional(Type.Object({ id: Id(), name: Name() }, { description: 'Instead of `user`, if an API key opened the socket.' })),
  unread_count: Type.Integer({
    minimum: 0,
    description: 'Unread notifications in the whole inbox, those that are replayed next included. With `resume: none` it is exact at this frame\'s `cursor`, with `complete` at that of `caught_up`, with `gap` at that of the `gap` frame. Frames that are replayed have the counts of their own time.',
    examples: [3]
  }),
  unseen_count: Type.Integer({ minimum: 0, description: 'Active notifications after the "seen" cursor, read or not. It holds where `unread_count` does.', examples: [5] }),
  heartbeat_interval: Type.Integer({ description: 'Seconds between the server\'s pings.', examples: [25] }),
  resume: Type.Unsafe<'none' | 'complete' | 'gap'>({
    type: 'string',
    enum: ['none', 'complete', 'gap'],
    description: '`none`: no `since` was given. `complete`: the missed events follow, then `caught_up` (or a `gap`, if retention removes some of them meanwhile). `gap`: the cursor cannot be resumed, and a `gap` frame follows.'
  }),
  quiet_until: Type.Optional(Timestamp({ description: 'When the user\'s quiet hours end, if they are now. No frame comes when they begin or end by the clock.' }))
})

const ReadAllElsewhere = Type.Object({
  before: Type.String({
    description: 'The cursor of the newest notification that became read. It and all older ones are read; newer ones stay as they were.',
    examples: [someCursor]
  }),
  topic: Type.Optional(Type.String({ description: 'Only notifications of this topic became read.', examples: ['billing'] })),
  ...counted
})

const InboxChanged = Type.Object({
  reason: Type.Unsafe<'membership'>({ type: 'string', enum: ['membership'], description: '`membership`: the user joined or left a company, a role or a group.' }),
  unread_count: Type.Optional(Type.Integer({
    minimum: 0, description: 'As in the other frames, as is `unseen_count`. Both may be absent where the change concerns several users, such as the end of a group: then ask `GET /api/notifications/me/unread-count`.', examples: [2]
  })),
  unseen_count: Type.Optional(unseenCount)
})

const marked = {
  ids: Type.Array(Id()),
  missing: Type.Array(Id(), { description: 'The ids that are not in the inbox.' }),
  overtaken: Type.Optional(overtaken),
  refused: Type.Optional(Type.Array(Type.Object({ id: Id(), code: Type.String({ examples: ['BLF_ACKNOWLEDGE_REQUIRED'] }) }), { description: 'What was left as it is, and why; absent if there is nothing.' }))
}
const acknowledgement = Type.Object({ id: Id(), at: Timestamp(), late: Type.Boolean({ description: 'Whether it was after `acknowledge.by`.' }) })
const archived = Type.Array(Id(), { description: 'Those of `ids` that are in the archive again, because they were there when they were deleted. The others are in the list again.' })

const acted = { id: Id(), action: ActionId(), at: Timestamp() }

const Done = Type.Union([
  Type.Object({ ...marked, ...counts }, { title: 'read, unread, delete, archive, unarchive' }),
  Type.Object({ ...marked, archived, ...counts }, { title: 'restore' }),
  Type.Object({ ...marked, acknowledged: Type.Array(acknowledgement), ...counts }, { title: 'acknowledge' }),
  Type.Object(counts, { title: 'seen' }),
  Type.Object({ cursor: Type.String({ description: 'What was acknowledged.', examples: [someCursor] }) }, { title: 'ack' }),
  Type.Object({ ...acted, ...counts }, { title: 'act' }),
  Type.Object({ count: Type.Integer({ minimum: 0, description: 'How many notifications became read.' }), ...counts }, { title: 'read_all' }),
  Type.Object({
    id: Id(),
    cursor: Type.String({ description: 'The cursor of the notification.', examples: [someCursor] }),
    unknown_users: Type.Optional(Type.Integer({ minimum: 0, description: 'For an audience of users: how many of its ids name no user.' }))
  }, { title: 'send' }),
  Type.Object({ id: Id(), send_at: Timestamp({ description: 'When the notification is sent.' }) }, { title: 'send with send_at' }),
  Type.Object({ expires_at: Type.Optional(Timestamp({ description: 'When the new token expires.' })) }, { title: 'auth' })
], { description: 'Depends on the `type` of the frame that is answered.' })

const Failure = Type.Object({
  code: Type.String({ description: 'The same codes as in `Problem`.', examples: ['BLF_VALIDATION'] }),
  detail: Type.String({ examples: ['The request is not valid.'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ examples: ['/payload/ids'] }),
    message: Type.String({ examples: ['is required'] })
  }))),
  retry_after: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds to wait before the next try, as `Retry-After` over REST: with BLF_RATE_LIMITED, BLF_TOO_MANY_SOCKETS, BLF_STORE_UNAVAILABLE and BLF_UNAVAILABLE.', examples: [12] }))
})

const PreferencesChanged = Type.Object({
  topics: Type.Array(Type.String({ examples: ['billing'] }), { description: 'Of which topics something changed; none if it is only the quiet hours or the channels.' }),
  quiet_until: Type.Optional(nullable(Timestamp({ description: 'When the quiet hours end, if they are now, else null, as of the moment at which the frame is sent: in a replay it is what the `welcome` says. Absent if the change is the operator\'s or the company\'s.' })))
})

export const serverFrames = {
  welcome: serverFrame('welcome', { cursor, reply_to: Type.Optional(replyTo), payload: Welcome }, {
    $id: 'WelcomeFrame',
    description: 'The first frame. `cursor` is the `since` that was given, or else the end of the log.',
    example: {
      ...atCursor,
      payload: { connection_id: '0192f0c1-9a44-7d21-8c05-5b7e2f1a6d30', user, unread_count: 3, unseen_count: 5, heartbeat_interval: 25, resume: 'none' }
    }
  }),
  notification: serverFrame('notification', { id: Id(), cursor, payload: NotificationRef }, {
    $id: 'NotificationFrame', description: 'A notification.', example: { id: notification.id, ...atCursor, payload: notification }
  }),
  'notification.read': serverFrame('notification.read', { cursor, payload: ownIds }, {
    $id: 'NotificationReadFrame', description: 'The user read notifications on another socket or over REST.', example: someOwnIds
  }),
  'notification.unread': serverFrame('notification.unread', { cursor, payload: ownIds }, {
    $id: 'NotificationUnreadFrame', description: 'The user marked notifications as unread on another socket or over REST.', example: someOwnIds
  }),
  'notification.deleted': serverFrame('notification.deleted', { cursor, payload: ownIds }, {
    $id: 'NotificationDeletedFrame', description: 'The user deleted notifications on another socket or over REST.', example: someOwnIds
  }),
  'notification.recalled': serverFrame('notification.recalled', { cursor, payload: ids }, {
    $id: 'NotificationRecalledFrame', description: 'Notifications were recalled from every inbox. It comes to whoever has them, as `notification.updated` does, and a topic filter applies. The frame has no counts: ask `GET /api/notifications/me/unread-count` where it is not known which of them were unread, or unseen.', example: someIds
  }),
  'notification.updated': serverFrame('notification.updated', { id: Id(), cursor, payload: NotificationUpdateRef }, {
    $id: 'NotificationUpdatedFrame',
    description: 'A notification was edited. It comes to whoever has it in the inbox; who does not show the notification ignores the frame. Of several revisions, the highest holds.',
    example: { id: notification.id, ...atCursor, payload: NotificationUpdate['examples'][0] }
  }),
  'inbox.read_all': serverFrame('inbox.read_all', { cursor, payload: ReadAllElsewhere }, {
    $id: 'InboxReadAllFrame', description: 'The user marked everything up to a cursor as read on another socket or over REST.', example: { ...atCursor, payload: { before: someCursor, unread_count: 0, unseen_count: 1 } }
  }),
  'notification.archived': serverFrame('notification.archived', { cursor, payload: ownIds }, {
    $id: 'NotificationArchivedFrame', description: 'The user archived notifications on another socket or over REST: they leave the list and the counts.', example: someOwnIds
  }),
  'notification.unarchived': serverFrame('notification.unarchived', { cursor, payload: ownIds }, {
    $id: 'NotificationUnarchivedFrame', description: 'The user took notifications out of the archive on another socket or over REST.', example: someOwnIds
  }),
  'notification.restored': serverFrame('notification.restored', { cursor, payload: Type.Object({ ...ownIds.properties, archived }) }, {
    $id: 'NotificationRestoredFrame', description: 'The user restored notifications that were deleted, on another socket or over REST. They are in the inbox again, or, if `archived` has their ids, in its archive.', example: { ...someOwnIds, payload: { ...someOwnIds.payload, archived: [] } }
  }),
  'notification.acted': serverFrame('notification.acted', { cursor, payload: Type.Object({ ...acted, ...counts }) }, {
    $id: 'NotificationActedFrame', description: 'The user chose an action of a notification on another socket or over REST: the first one, which counts for good.', example: { ...atCursor, payload: { id: notification.id, action: 'track', at: notification.created_at, unread_count: 2, unseen_count: 1 } }
  }),
  'notification.acknowledged': serverFrame('notification.acknowledged', { cursor, payload: Type.Object({ ids: Type.Array(Id()), at: Timestamp(), late: Type.Array(Id(), { description: 'Those of `ids` that were due before.' }), ...counts }) }, {
    $id: 'NotificationAcknowledgedFrame', description: 'The user acknowledged notifications on another socket or over REST.', example: { ...atCursor, payload: { ids: [notification.id], at: notification.created_at, late: [], unread_count: 2, unseen_count: 1 } }
  }),
  'notification.reminder': serverFrame('notification.reminder', { cursor, payload: Type.Object({ id: Id(), number: Type.Integer({ minimum: 1, description: 'Which reminder it is.' }), by: Type.Optional(Timestamp({ description: 'Until when it must be acknowledged.' })) }) }, {
    $id: 'NotificationReminderFrame', description: 'A notification must still be acknowledged. Who has just acknowledged it may get one all the same: ignore it then.', example: { ...atCursor, payload: { id: notification.id, number: 1 } }
  }),
  'inbox.seen': serverFrame('inbox.seen', { cursor, payload: Type.Object({ cursor: Type.String({ description: 'Everything up to this cursor was shown to the user.', examples: [someCursor] }), ...counts }) }, {
    $id: 'InboxSeenFrame', description: 'The user saw the inbox on another socket or over REST. Seeing is not reading.', example: { ...atCursor, payload: { cursor: someCursor, unseen_count: 0, unread_count: 2 } }
  }),
  'inbox.changed': serverFrame('inbox.changed', { cursor, payload: InboxChanged }, {
    $id: 'InboxChangedFrame',
    description: 'The inbox has other notifications than before, because the user has another company or role, or joined or left a group, or a group was removed. Fetch it again. Without counts, as where many users are concerned at once, ask `GET /api/notifications/me/unread-count`.',
    example: { ...atCursor, payload: { reason: 'membership', unread_count: 2, unseen_count: 1 } }
  }),
  'preferences.changed': serverFrame('preferences.changed', { cursor, payload: PreferencesChanged }, {
    $id: 'PreferencesChangedFrame',
    description: 'The user changed their preferences, or the company or the operator its settings of a topic. What is sent after it is judged by them; what came before stays as it was. `GET /api/preferences/me` says what holds.',
    example: { ...atCursor, payload: { topics: ['billing'], quiet_until: null } }
  }),
  caught_up: serverFrame('caught_up', { cursor, payload: Type.Object({ count: Type.Integer({ minimum: 0 }) }) }, {
    $id: 'CaughtUpFrame', description: 'The replay is over: `count` events were sent, and the counts of `welcome` are exact now.', example: { ...atCursor, payload: { count: 2 } }
  }),
  gap: serverFrame('gap', { cursor, payload: Type.Object({ reason: GapReason }) }, {
    $id: 'GapFrame',
    description: 'The missed events cannot be replayed. Fetch the inbox; newer events follow from `cursor` on.',
    example: { ...atCursor, payload: { reason: 'expired' } }
  }),
  subscribed: serverFrame('subscribed', {
    cursor: Type.Optional(cursor), reply_to: Type.Optional(replyTo), payload: Type.Object({ topics: Type.Array(Type.String()) })
  }, {
    $id: 'SubscribedFrame',
    description: 'The topic filter in force from `cursor` on, sorted: `["*"]` is everything, `[]` no topic. Joined by commas it is the `?topics=` that restores the filter.',
    example: { ...atCursor, reply_to: '1', payload: { topics: ['billing', 'new_features'] } }
  }),
  'token.expiring': serverFrame('token.expiring', { payload: Type.Object({ expires_at: Type.String({ format: 'date-time' }) }) }, {
    $id: 'TokenExpiringFrame',
    description: 'The token expires within 60 seconds. Send `auth` with a new one, or the socket closes with 4401.',
    example: { payload: { expires_at: '2026-01-31T12:15:00.000Z' } }
  }),
  ok: serverFrame('ok', { cursor: Type.Optional(cursor), reply_to: Type.Optional(replyTo), payload: Type.Optional(Done) }, {
    $id: 'OkFrame',
    description: 'The request is done, committed and synced to disk. An `ok` comes in the order of the log: events committed before it come before it, later ones after it. The `ok` of a mark (`read`, `unread`, `delete`, `archive`, `unarchive`, `restore`, `read_all`, `seen`, `act`) replaces the event that the user\'s other sockets get, has its `cursor`, and its counts are exact there.',
    examples: [
      { ...atCursor, payload: { ids: [notification.id], missing: [], unread_count: 2, unseen_count: 1 } },
      { ...atCursor, payload: { ids: [notification.id], missing: [], archived: [notification.id], unread_count: 2, unseen_count: 1 } },
      { ...atCursor, payload: { ids: [notification.id], missing: [], acknowledged: [{ id: notification.id, at: notification.created_at, late: false }], unread_count: 2, unseen_count: 1 } },
      { ...atCursor, payload: { unseen_count: 0, unread_count: 2 } },
      { payload: { cursor: someCursor } },
      { ...atCursor, payload: { id: notification.id, action: 'track', at: notification.created_at, unread_count: 2, unseen_count: 1 } },
      { ...atCursor, payload: { count: 3, unread_count: 0, unseen_count: 1 } },
      { ...atCursor, payload: { id: notification.id, cursor: someCursor } },
      { payload: { id: notification.id, send_at: '2026-02-01T18:00:00.000Z' } },
      { payload: { expires_at: '2026-01-31T12:15:00.000Z' } }
    ].map(example => ({ ...example, reply_to: '1' }))
  }),
  error: serverFrame('error', { reply_to: Type.Optional(replyTo), payload: Failure }, {
    $id: 'ErrorFrame',
    description: 'The request was not done, and why.',
    example: { reply_to: '1', payload: { code: 'BLF_VALIDATION', detail: 'The request is not valid.', errors: [{ path: '/payload/ids', message: 'is required' }] } }
  }),
  pong: serverFrame('pong', { reply_to: Type.Optional(replyTo) }, {
    $id: 'PongFrame', description: 'The answer to `ping`.', example: { reply_to: '1' }
  })
} as const

export const ServerFrameUnion = Type.Union(Object.values(serverFrames).map(frame => refTo(frame)), {
  $id: 'ServerFrame', description: 'Every frame the server may send on `/ws/notifications`.', examples: serverFrames.welcome.examples
})
