import { Type, type Static, type TProperties } from '@sinclair/typebox'
import { bodies, cursor, notification } from '../examples.ts'
import { InboxItemRef, NotificationTypeRef } from '../notification.ts'
import { Cursor, Id, Limit, Timestamp, Topic } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

export const unreadCount = Type.Integer({ minimum: 0, description: 'Unread notifications in the whole inbox.', examples: [3] })
export const unseenCount = Type.Integer({ minimum: 0, description: 'Active notifications after the "seen" cursor, read or not.', examples: [5] })
export const countCursor = Type.String({ description: 'The counts are exact at this cursor: events with a later one are not counted yet. While a socket is open, take counts from its frames and ignore this one: they may come before or after it.', examples: [cursor] })

/** What every answer to a change of a state has. */
export const counts = { unread_count: unreadCount, unseen_count: unseenCount, cursor: countCursor }

export const InboxQuery = Type.Object({
  limit: Type.Optional(Limit()),
  before: Type.Optional(Cursor({ description: 'Only notifications older than this cursor: the `next_before` of the page before.' })),
  view: Type.Optional(Type.Unsafe<'active' | 'archived' | 'deleted'>({
    type: 'string',
    enum: ['active', 'archived', 'deleted'],
    default: 'active',
    description: '`active`: what is neither archived nor deleted; counts are of this view, whichever is asked for. `archived`: what is archived and not deleted. `deleted`: what was deleted and can be restored.'
  })),
  unread: Type.Optional(Type.Boolean({ description: '`true`: only unread notifications; `false`: only read ones.' })),
  topic: Type.Optional(Topic({ description: 'Only notifications of this topic.' })),
  type: Type.Optional(NotificationTypeRef)
}, { additionalProperties: false })
export type InboxQuery = Static<typeof InboxQuery>

export const InboxPage = Type.Object({
  items: Type.Array(InboxItemRef),
  next_before: nullable(Type.String({ description: 'The `before` of the next page; null on the last page.' })),
  unread_count: unreadCount,
  unseen_count: unseenCount,
  cursor: Type.String({ description: 'This page and its count are exact at this cursor. A socket opened with it as `since` misses nothing in between.' })
}, {
  $id: 'InboxPage',
  description: 'A page of an inbox, newest first.',
  examples: [{ items: [{ ...notification, cursor }], next_before: null, unread_count: 1, unseen_count: 1, cursor }]
})
export const InboxPageRef = refTo(InboxPage)

export const UnreadCount = Type.Object(counts, {
  $id: 'UnreadCount', description: 'How many notifications of an inbox are unread, and how many are unseen.', examples: [{ unread_count: 3, unseen_count: 5, cursor }]
})
export const UnreadCountRef = refTo(UnreadCount)

/** The answer to a call that changes the state of one notification. */
export function stateSchema<P extends TProperties = {}> ($id: string, description: string, message: string, more = {} as P, example = {}) {
  return Type.Object({
    message: Type.String({ examples: [message] }),
    id: Id(),
    read: Type.Boolean(),
    read_at: nullable(Timestamp()),
    ...more,
    ...counts
  }, {
    $id,
    description,
    examples: [{ message, id: notification.id, read: true, read_at: '2026-01-31T12:05:00.000Z', ...example, unread_count: 2, unseen_count: 1, cursor }]
  })
}

export const ReadState = stateSchema('ReadState', 'Whether the notification is read now.', 'Notification marked as read')
export const ReadStateRef = refTo(ReadState)

export const ReadAll = Type.Object({
  before: Type.Optional(Cursor({ description: 'Only notifications up to and including this cursor.' })),
  topic: Type.Optional(Topic({ description: 'Only notifications of this topic.' })),
  since: Type.Optional(Cursor({ description: 'The newest cursor that you knew when this mark was made. If an event after it has marked as much as read, nothing is: what was marked as unread since then stays so. A cursor of another log is ignored.' }))
}, {
  $id: 'ReadAll',
  additionalProperties: false,
  description: 'What to mark as read. Without a body, or with none of these fields: everything.',
  examples: Object.values(bodies.ReadAll)
})
export type ReadAll = Static<typeof ReadAll>
export const ReadAllRef = refTo(ReadAll)

export const ReadAllDone = Type.Object({
  count: Type.Integer({ minimum: 0, description: 'How many notifications became read.' }),
  ...counts
}, {
  $id: 'ReadAllDone',
  description: 'How many notifications became read, and how many are still unread.',
  examples: [{ count: 3, unread_count: 0, unseen_count: 1, cursor }]
})
export const ReadAllDoneRef = refTo(ReadAllDone)

export const Deleted = Type.Object({
  message: Type.String({ examples: ['Notification deleted'] }),
  id: Id(),
  ...counts
}, {
  $id: 'Deleted',
  description: 'A notification that was deleted from one inbox.',
  examples: [{ message: 'Notification deleted', id: notification.id, unread_count: 2, unseen_count: 1, cursor }]
})
export const DeletedRef = refTo(Deleted)

export const Removed = Type.Object({
  message: Type.String({ examples: ['Notification recalled'] }),
  id: Id()
}, {
  $id: 'Removed',
  description: 'A notification that was recalled from every inbox.',
  examples: [{ message: 'Notification recalled', id: notification.id }]
})
export const RemovedRef = refTo(Removed)
