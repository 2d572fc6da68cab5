import { Type, type Static } from '@sinclair/typebox'
import { AudienceRef } from './audience.ts'
import { bodies, cursor, notification } from './examples.ts'
import { Message, NotificationDataRef, NotificationTypeRef, Title } from './notification.ts'
import { Id, LooseTimestamp, Topic } from './primitives.ts'
import { pattern } from './patterns.ts'
import { refTo } from './ref.ts'
import { life } from './sending/life.ts'
import { SendAt } from './sending/scheduled.ts'
import { shape } from './shape.ts'

export const Send = Type.Object({
  title: Title,
  message: Message,
  priority: NotificationTypeRef,
  topic: Topic(),
  id: Type.Optional(Id({ description: 'Makes a retry safe: the same id with the same content is stored and delivered once.' })),
  data: Type.Optional(NotificationDataRef),
  ...shape,
  ...life,
  expires_at: Type.Optional(LooseTimestamp({ description: 'When the notification leaves the inboxes; in the future.', examples: ['2099-12-31T12:00:00Z'] })),
  send_at: Type.Optional(SendAt()),
  audience: Type.Optional(AudienceRef)
}, {
  $id: 'Send',
  additionalProperties: false,
  description: 'A notification to send. Without an `audience` it goes to everyone.',
  examples: Object.values(bodies.Send)
})
export type Send = Static<typeof Send>
export const SendRef = refTo(Send)

export const DryRunQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ description: 'Only check the request and count the recipients; nothing is stored.' }))
}, { additionalProperties: false })

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    minLength: 1,
    maxLength: 255,
    ...pattern('^[\\x21-\\x7e]+$', 'must consist of visible ASCII characters'),
    description: 'Makes a retry with the same credentials safe, instead of an `id`.',
    examples: ['order-1742-shipped']
  }))
})

const recipients = Type.Object({
  users: Type.Integer({ minimum: 0, description: 'Users who would get it. In an audience of users: the ids in it.' }),
  connected: Type.Integer({ minimum: 0, description: 'Those of them with an open socket at the node that answers; sockets at other nodes are not counted.' }),
  unknown: Type.Integer({ minimum: 0, description: 'Ids in the audience, or members of its groups, that name no user yet: misspelt, or of users who do not exist yet.' })
}, { description: 'Who would get it.' })

const counts = { users: 42, connected: 17, unknown: 0 }
const itsCursor = Type.String({ description: 'The cursor of the notification.', examples: [cursor] })
const unknownUsers = Type.Integer({ minimum: 0, description: 'For an audience of users: how many of its ids named no user when it was sent.' })

export const Sent = Type.Object({
  message: Type.String({ examples: ['Notification sent successfully'] }),
  id: Id({ description: 'The id of the notification.' }),
  cursor: itsCursor,
  unknown_users: Type.Optional(unknownUsers)
}, {
  $id: 'Sent',
  title: 'Sent',
  description: 'The notification is committed and synced to disk.',
  examples: [{ message: 'Notification sent successfully', id: notification.id, cursor }]
})

export const SendDryRun = Type.Object({
  message: Type.String({ examples: ['Dry run: nothing was sent'] }),
  recipients
}, {
  $id: 'SendDryRun',
  title: 'Dry run of a send',
  description: 'The answer to `?dry_run=true`: nothing was stored.',
  examples: [{ message: 'Dry run: nothing was sent', recipients: counts }]
})

export const SendResult = Type.Union([refTo(Sent), refTo(SendDryRun)], {
  $id: 'SendResult', description: 'The answer to a send: `Sent`, or `SendDryRun` with `?dry_run=true`.', examples: [...Sent['examples'], ...SendDryRun['examples']]
})
export const SendResultRef = refTo(SendResult)

export const Broadcasted = Type.Object({
  status: Type.Literal('success'),
  message: Type.String({ examples: ['Message broadcasted to company company_a'] }),
  id: Id({ description: 'The id of the notification: the label, or another one if that was taken.' }),
  cursor: itsCursor
}, {
  $id: 'Broadcasted',
  title: 'Broadcasted',
  description: 'The notification is committed and synced to disk.',
  examples: [{ status: 'success', message: 'Message broadcasted to company company_a', id: 'notif_1746245726.463395', cursor }]
})

export const BroadcastDryRun = Type.Object({
  status: Type.Literal('success'),
  message: Type.String({ examples: ['Message would be broadcasted to company company_a'] }),
  recipients
}, {
  $id: 'BroadcastDryRun',
  title: 'Dry run of a broadcast',
  description: 'The answer to `?dry_run=true`: nothing was stored.',
  examples: [{ status: 'success', message: 'Message would be broadcasted to company company_a', recipients: counts }]
})

export const BroadcastResult = Type.Union([refTo(Broadcasted), refTo(BroadcastDryRun)], {
  $id: 'BroadcastResult', description: 'The answer to a broadcast: `Broadcasted`, or `BroadcastDryRun` with `?dry_run=true`.', examples: [...Broadcasted['examples'], ...BroadcastDryRun['examples']]
})
export const BroadcastResultRef = refTo(BroadcastResult)
