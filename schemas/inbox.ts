import { Type, type Static } from '@sinclair/typebox'
import { bodies, cursor, notification } from './examples.ts'
import { InboxItemRef, NotificationType } from './notification.ts'
import { Cursor, Id, Timestamp, Topic } from './primitives.ts'
import { nullable, refTo } from './ref.ts'

const unreadCount = Type.Integer({ minimum: 0, description: 'Unread notifications in the whole inbox.', examples: [3] })

export const InboxQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many at most.' })),
  before: Type.Optional(Cursor({ description: 'Only what is older than this cursor: the `next_before` of the page before.' })),
  unread: Type.Optional(Type.Boolean({ description: '`true`: only unread ones; `false`: only read ones.' })),
  topic: Type.Optional(Topic({ description: 'Only those of this topic.' })),
  type: Type.Optional(NotificationType)
}, { additionalProperties: false })
export type InboxQuery = Static<typeof InboxQuery>

export const InboxPage = Type.Object({
  items: Type.Array(InboxItemRef),
  next_before: nullable(Type.String({ description: 'Give it as `before` for the next page; null on the last one.' })),
  unread_count: unreadCount,
  cursor: Type.String({ description: 'Where a socket resumes (`since`) with nothing missed in between.' })
}, {
  $id: 'InboxPage',
  description: 'A page of an inbox, newest first.',
  examples: [{ items: [{ ...notification, cursor }], next_before: null, unread_count: 1, cursor }]
})
export const InboxPageRef = refTo(InboxPage)

export const UnreadCount = Type.Object({ unread_count: unreadCount }, {
  $id: 'UnreadCount', description: 'How many notifications of an inbox are unread.', examples: [{ unread_count: 3 }]
})
export const UnreadCountRef = refTo(UnreadCount)

export const ReadState = Type.Object({
  message: Type.String({ examples: ['Notification marked as read'] }),
  id: Id(),
  read: Type.Boolean(),
  read_at: nullable(Timestamp()),
  unread_count: unreadCount
}, {
  $id: 'ReadState',
  description: 'What a notification now is to its reader.',
  examples: [{ message: 'Notification marked as read', id: notification.id, read: true, read_at: '2026-01-31T12:05:00.000Z', unread_count: 2 }]
})
export const ReadStateRef = refTo(ReadState)

export const ReadAll = Type.Object({
  before: Type.Optional(Cursor({ description: 'Up to and including this place in the log; everything if absent.' })),
  topic: Type.Optional(Topic({ description: 'Only notifications of this topic.' }))
}, {
  $id: 'ReadAll',
  additionalProperties: false,
  description: 'What to mark as read; without a body or any of its fields: everything.',
  examples: Object.values(bodies.ReadAll)
})
export type ReadAll = Static<typeof ReadAll>
export const ReadAllRef = refTo(ReadAll)

export const ReadAllDone = Type.Object({
  count: Type.Integer({ minimum: 0, description: 'How many became read.' }),
  unread_count: unreadCount
}, { $id: 'ReadAllDone', description: 'How many notifications became read, and how many still are not.', examples: [{ count: 3, unread_count: 0 }] })
export const ReadAllDoneRef = refTo(ReadAllDone)

export const Removed = Type.Object({
  message: Type.String({ examples: ['Notification deleted'] }),
  id: Id()
}, {
  $id: 'Removed',
  description: 'A notification that is gone: deleted from one inbox, or recalled from all.',
  examples: [{ message: 'Notification deleted', id: notification.id }]
})
export const RemovedRef = refTo(Removed)
