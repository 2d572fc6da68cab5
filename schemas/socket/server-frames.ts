import { Type, type TProperties } from '@sinclair/typebox'
import { cursor as someCursor, notification, user } from '../examples.ts'
import { Id, Name, Timestamp } from '../primitives.ts'
import { NotificationRef } from '../notification.ts'
import { refTo } from '../ref.ts'
import { UserRef } from '../identity/user.ts'

const cursor = Type.String({ description: 'What to give as `since` after this frame: of every frame it is safe to come back with.', examples: [someCursor] })
const replyTo = Type.String({ description: 'The `id` of the client frame this answers.', examples: ['1'] })
const unreadCount = Type.Integer({
  minimum: 0, description: 'Unread notifications in the whole inbox, exact at this frame\'s `cursor`.', examples: [2]
})
const ids = Type.Object({ ids: Type.Array(Id()) })
/** Of an event that a user's own doing is; those recorded by earlier versions were not counted. */
const counted = { unread_count: Type.Optional(unreadCount) }
const ownIds = Type.Object({ ids: Type.Array(Id()), ...counted })
const place = { cursor: someCursor }
const someIds = { ...place, payload: { ids: [notification.id] } }
const someOwnIds = { ...place, payload: { ids: [notification.id], unread_count: 2 } }

interface About { $id: string, description: string, example?: object }

function serverFrame<T extends string, P extends TProperties> (type: T, rest: P, { $id, description, example }: About) {
  return Type.Object({ type: Type.Literal(type), ...rest }, { $id, description, examples: [{ type, ...example }] })
}

export const GapReason = Type.Unsafe<'expired' | 'epoch' | 'future' | 'unreadable'>({
  type: 'string',
  enum: ['expired', 'epoch', 'future', 'unreadable'],
  description: '`expired`: older than what is kept, or overtaken by retention during a replay; `epoch`: from another log, as after a restore; `future`: not reached yet; `unreadable`: not a cursor.'
})

const Welcome = Type.Object({
  connection_id: Id(),
  user: Type.Optional(UserRef),
  key: Type.Optional(Type.Object({ id: Id(), name: Name() }, { description: 'In the place of `user` where an API key opened the socket.' })),
  unread_count: Type.Integer({
    minimum: 0,
    description: 'Unread notifications in the whole inbox where live begins, which includes what is replayed first: it is exact at this frame\'s `cursor` on `none`, at that of `caught_up` on `complete`, at that of `gap` on `gap`. Until `caught_up`, replayed frames have the counts of their own time.',
    examples: [3]
  }),
  heartbeat_interval: Type.Integer({ description: 'Seconds between the server\'s pings.', examples: [25] }),
  resume: Type.Unsafe<'none' | 'complete' | 'gap'>({
    type: 'string',
    enum: ['none', 'complete', 'gap'],
    description: '`none`: no `since` was given; `complete`: what was missed follows, then `caught_up` (or a `gap`, if retention removes meanwhile what was to follow); `gap`: it cannot be resumed, a `gap` follows.'
  })
})

const ReadAllElsewhere = Type.Object({
  before: Type.String({
    description: 'The cursor of the newest notification that became read: it and everything older is read, what is newer stays as it was.',
    examples: [someCursor]
  }),
  topic: Type.Optional(Type.String({ description: 'Only the notifications of this topic are.', examples: ['billing'] })),
  ...counted
})

const InboxChanged = Type.Object({
  reason: Type.Unsafe<'membership'>({ type: 'string', enum: ['membership'], description: '`membership`: its user joined or left a company or role.' }),
  unread_count: Type.Optional(Type.Integer({
    minimum: 0, description: 'As in the other frames; where it is absent, ask for it.', examples: [2]
  }))
})

const Marked = Type.Object({
  ids: Type.Array(Id()),
  missing: Type.Array(Id(), { description: 'Those that are not in the inbox.' }),
  unread_count: unreadCount
}, { title: 'read, unread, delete' })

const Done = Type.Union([
  Marked,
  Type.Object({ count: Type.Integer({ minimum: 0, description: 'How many became read.' }), unread_count: unreadCount }, { title: 'read_all' }),
  Type.Object({
    id: Id(),
    cursor: Type.String({ description: 'The notification\'s own.', examples: [someCursor] }),
    unknown_users: Type.Optional(Type.Integer({ minimum: 0, description: 'Where `audience` names users: how many of these ids nobody had.' }))
  }, { title: 'send' }),
  Type.Object({ expires_at: Type.Optional(Timestamp({ description: 'When the new token expires.' })) }, { title: 'auth' })
], { description: 'By the `type` of the frame that is answered.' })

const Failure = Type.Object({
  code: Type.String({ description: 'As in `Problem`.', examples: ['BLF_VALIDATION'] }),
  detail: Type.String({ examples: ['The request is not valid.'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ examples: ['/payload/ids'] }),
    message: Type.String({ examples: ['is required'] })
  })))
})

export const serverFrames = {
  welcome: serverFrame('welcome', { cursor, reply_to: Type.Optional(replyTo), payload: Welcome }, {
    $id: 'WelcomeFrame',
    description: 'The first frame. `cursor` is the `since` that was given; without one it is where live begins.',
    example: {
      ...place,
      payload: { connection_id: '0192f0c1-9a44-7d21-8c05-5b7e2f1a6d30', user, unread_count: 3, heartbeat_interval: 25, resume: 'none' }
    }
  }),
  notification: serverFrame('notification', { id: Id(), cursor, payload: NotificationRef }, {
    $id: 'NotificationFrame', description: 'A notification.', example: { id: notification.id, ...place, payload: notification }
  }),
  'notification.read': serverFrame('notification.read', { cursor, payload: ownIds }, {
    $id: 'NotificationReadFrame', description: 'Read on another socket or over REST.', example: someOwnIds
  }),
  'notification.unread': serverFrame('notification.unread', { cursor, payload: ownIds }, {
    $id: 'NotificationUnreadFrame', description: 'Marked unread elsewhere.', example: someOwnIds
  }),
  'notification.deleted': serverFrame('notification.deleted', { cursor, payload: ownIds }, {
    $id: 'NotificationDeletedFrame', description: 'Deleted from the inbox elsewhere.', example: someOwnIds
  }),
  'notification.recalled': serverFrame('notification.recalled', { cursor, payload: ids }, {
    $id: 'NotificationRecalledFrame', description: 'Recalled: gone from every inbox.', example: someIds
  }),
  'inbox.read_all': serverFrame('inbox.read_all', { cursor, payload: ReadAllElsewhere }, {
    $id: 'InboxReadAllFrame', description: 'Everything up to a cursor was read elsewhere.', example: { ...place, payload: { before: someCursor, unread_count: 0 } }
  }),
  'inbox.changed': serverFrame('inbox.changed', { cursor, payload: InboxChanged }, {
    $id: 'InboxChangedFrame',
    description: 'The inbox holds other notifications than before: its user has another company or role. Fetch the page that is shown anew.',
    example: { ...place, payload: { reason: 'membership', unread_count: 2 } }
  }),
  caught_up: serverFrame('caught_up', { cursor, payload: Type.Object({ count: Type.Integer({ minimum: 0 }) }) }, {
    $id: 'CaughtUpFrame', description: 'The replay is over, and the count of `welcome` holds; `count` events were sent.', example: { ...place, payload: { count: 2 } }
  }),
  gap: serverFrame('gap', { cursor, payload: Type.Object({ reason: GapReason }) }, {
    $id: 'GapFrame',
    description: 'What was missed cannot be replayed: fetch the inbox, then go on from `cursor`.',
    example: { ...place, payload: { reason: 'expired' } }
  }),
  subscribed: serverFrame('subscribed', {
    cursor: Type.Optional(cursor), reply_to: Type.Optional(replyTo), payload: Type.Object({ topics: Type.Array(Type.String()) })
  }, {
    $id: 'SubscribedFrame',
    description: 'The topic filter now in force, from `cursor` on, sorted; `["*"]` is everything, `[]` no topic. Joined by commas it is the `?topics=` that restores it.',
    example: { ...place, reply_to: '1', payload: { topics: ['billing', 'new_features'] } }
  }),
  'token.expiring': serverFrame('token.expiring', { payload: Type.Object({ expires_at: Type.String({ format: 'date-time' }) }) }, {
    $id: 'TokenExpiringFrame',
    description: 'The token expires within 60 s; send `auth` with a new one, or the socket closes with 4401.',
    example: { payload: { expires_at: '2026-01-31T12:15:00.000Z' } }
  }),
  ok: serverFrame('ok', { cursor: Type.Optional(cursor), reply_to: Type.Optional(replyTo), payload: Type.Optional(Done) }, {
    $id: 'OkFrame',
    description: 'It is done, committed and synced to disk. An `ok` stands at its place among the events: what was committed before comes before it, what was committed after it follows. For a mark it comes in the place of the event that the user\'s other sockets get, with its `cursor`, and its `unread_count` is exact there.',
    example: { ...place, reply_to: '1', payload: { ids: [notification.id], missing: [], unread_count: 2 } }
  }),
  error: serverFrame('error', { reply_to: Type.Optional(replyTo), payload: Failure }, {
    $id: 'ErrorFrame',
    description: 'It was not done, and why.',
    example: { reply_to: '1', payload: { code: 'BLF_VALIDATION', detail: 'The request is not valid.', errors: [{ path: '/payload/ids', message: 'is required' }] } }
  }),
  pong: serverFrame('pong', { reply_to: Type.Optional(replyTo) }, {
    $id: 'PongFrame', description: 'The answer to `ping`.', example: { reply_to: '1' }
  })
} as const

export type ServerFrameType = keyof typeof serverFrames

export const ServerFrameUnion = Type.Union(Object.values(serverFrames).map(frame => refTo(frame)), {
  $id: 'ServerFrame', description: 'Every frame the server may send on `/ws/notifications`.', examples: serverFrames.welcome.examples
})
