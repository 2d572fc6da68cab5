import { Type, type Static } from '@sinclair/typebox'
import { cursor, notification } from './examples.ts'
import { Id, Text, Timestamp, Topic } from './primitives.ts'
import { refTo } from './ref.ts'

export const NotificationType = Type.Unsafe<'info' | 'success' | 'warning' | 'error'>({
  $id: 'NotificationType', type: 'string', enum: ['info', 'success', 'warning', 'error'], examples: ['info'], description: 'How serious it is.'
})
export type NotificationType = Static<typeof NotificationType>
export const NotificationTypeRef = refTo(NotificationType)

export const Title = Text(200, { description: 'One line for people.', examples: ['User Update'] })
export const Message = Text(4000, { description: 'Text for people.', examples: ['New features are available for Company A users'] })

/** The caller's own fields beside the topic; 8 KiB as JSON at most, which the routes check. */
export const NotificationData = Type.Object({ topic: Type.Optional(Topic()) }, {
  $id: 'NotificationData',
  additionalProperties: true,
  description: 'Fields of the caller\'s own, 8 KiB as JSON at most, 32 levels deep at most; numbers are doubles, and whole ones at most 2^53 - 1: what would come back changed is refused. `topic` is what subscribers filter by.',
  examples: [{ topic: 'new_features' }]
})
export type NotificationData = Static<typeof NotificationData> & Record<string, unknown>
export const NotificationDataRef = Type.Unsafe<NotificationData>(refTo(NotificationData))

export const Notification = Type.Object({
  id: Id(),
  title: Title,
  message: Message,
  type: NotificationTypeRef,
  created_at: Timestamp(),
  read: Type.Boolean(),
  read_at: Type.Optional(Timestamp()),
  expires_at: Type.Optional(Timestamp()),
  data: NotificationDataRef
}, { $id: 'Notification', description: 'A notification as its reader sees it.', examples: [notification] })
export type Notification = Static<typeof Notification>
export const NotificationRef = refTo(Notification)

/** An item of an inbox page: the notification and its place in the log. */
export const InboxItem = Type.Object({
  ...Notification.properties,
  cursor: Type.String({ description: 'The place of this notification in the event log.' })
}, { $id: 'InboxItem', description: 'A notification in an inbox, with its place in the event log.', examples: [{ ...notification, cursor }] })
export type InboxItem = Static<typeof InboxItem>
export const InboxItemRef = refTo(InboxItem)
