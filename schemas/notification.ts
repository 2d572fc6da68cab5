import { Type, type Static } from '@sinclair/typebox'
import { notificationTypes } from '../src/protocol/notification.ts'
import { cursor, notification, updatedAt } from './examples.ts'
import { Group, Id, Text, Timestamp, Topic } from './primitives.ts'
import { refTo } from './ref.ts'
import { demanding, replacing } from './sending/life.ts'
import { ActionId, shape } from './shape.ts'

export const NotificationType = Type.Unsafe<typeof notificationTypes[number]>({
  $id: 'NotificationType', type: 'string', enum: [...notificationTypes], examples: ['info'], description: 'How serious a notification is.'
})
export type NotificationType = Static<typeof NotificationType>
export const NotificationTypeRef = refTo(NotificationType)

export const Title = Text(200, { description: 'One line of text.', examples: ['User Update'] })
export const Message = Text(4000, { description: 'The text.', examples: ['New features are available for Company A users'] })

/** `topic`, and fields of the sender's own. The routes check that it is 8 KiB as JSON at most. */
export const NotificationData = Type.Object({ topic: Type.Optional(Topic()) }, {
  $id: 'NotificationData',
  additionalProperties: true,
  description: 'Fields of the sender\'s own: at most 8 KiB as JSON and 32 levels deep. Numbers are doubles, whole numbers at most 2^53 - 1; a number that would change in a double is refused. `topic` is what subscriptions and lists filter by. `key` (a text) and `args` (an object of texts and numbers) are for clients that translate: the key of a text of theirs, and what to insert into it; `title` and `message` are for the others.',
  examples: [{ topic: 'new_features' }, { topic: 'orders', key: 'order_shipped', args: { order: 1742, carrier: 'DHL' }, warehouse: 'north' }]
})
export type NotificationData = Static<typeof NotificationData> & Record<string, unknown>
export const NotificationDataRef = Type.Unsafe<NotificationData>(refTo(NotificationData))

const before = { id: Id(), title: Title, message: Message, type: NotificationTypeRef, created_at: Timestamp() }
const after = { expires_at: Type.Optional(Timestamp()), ...shape, data: NotificationDataRef, ...replacing, ...demanding }
const revision = Type.Integer({ minimum: 2, maximum: 50, description: 'Which revision this is, after edits.', examples: [2] })
const editedAt = Timestamp({ description: 'When this revision was made.' })

export const Notification = Type.Object({
  ...before,
  read: Type.Boolean(),
  read_at: Type.Optional(Timestamp()),
  ...after,
  revision: Type.Optional(revision),
  updated_at: Type.Optional(editedAt)
}, { $id: 'Notification', description: 'A notification as its reader sees it.', examples: [notification] })
export type Notification = Static<typeof Notification>
export const NotificationRef = refTo(Notification)

const { read: _read, ...edited } = notification
export const NotificationUpdate = Type.Object({ ...before, ...after, revision, updated_at: editedAt }, {
  $id: 'NotificationUpdate',
  description: 'A notification after an edit. Whether it is read stays as it was.',
  examples: [{ ...edited, message: 'Belfry is up again', revision: 2, updated_at: updatedAt }]
})
export const NotificationUpdateRef = refTo(NotificationUpdate)

const reason = Type.Object({
  via: Type.Unsafe<'user' | 'all' | 'role' | 'company' | 'company_role' | 'group'>({ type: 'string', enum: ['user', 'all', 'role', 'company', 'company_role', 'group'] }),
  group: Type.Optional(Group())
}, { description: 'Why it is in this inbox: what of the user its audience matches. Of several groups, it is one.', examples: [{ via: 'group', group: 'order-1742' }] })
export type Reason = Static<typeof reason>

const acted = Type.Object({ action: ActionId(), at: Timestamp() }, {
  description: 'Which of its `actions` this user chose first, and when. An edit may have taken that action away since; another one cannot be chosen.',
  examples: [{ action: 'track', at: '2026-01-31T12:05:00.000Z' }]
})

export const InboxItem = Type.Object({
  ...Notification.properties,
  archived: Type.Optional(Type.Boolean({ description: '`true` if it is archived, also where it is deleted and would be restored to the archive; absent if not.', examples: [true] })),
  acted: Type.Optional(acted),
  acknowledged_at: Type.Optional(Timestamp({ description: 'When this user acknowledged it.' })),
  reason: Type.Optional(reason),
  cursor: Type.String({ description: 'The cursor of this notification.' })
}, { $id: 'InboxItem', description: 'A notification in an inbox, with its cursor.', examples: [{ ...notification, reason: { via: 'company' }, cursor }] })
export type InboxItem = Static<typeof InboxItem>
export const InboxItemRef = refTo(InboxItem)
