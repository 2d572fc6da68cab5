import { Type, type Static } from '@sinclair/typebox'
import { bodies, cursor, notification } from '../examples.ts'
import { Cursor, Id, Timestamp } from '../primitives.ts'
import { ActionId } from '../shape.ts'
import { counts, stateSchema } from './inbox.ts'
import { refTo } from '../ref.ts'

/** Of marks. */
export const MarkSince = Cursor({
  description: 'The newest cursor that you knew when this mark was made. What an event after it has changed in the same way (read or unread, archived or not, deleted or not) is left as it is, because that change is newer: a call that is late, or is sent again, undoes nothing that was done meanwhile. A cursor of another log is ignored.'
})
export const overtaken = Type.Array(Id(), { description: 'Only with `since`: those of `ids` that were left as they are, because they were changed after it. Absent if there are none.' })

export const Mark = Type.Object({
  as: Type.Unsafe<'read' | 'unread' | 'deleted' | 'archived' | 'unarchived' | 'restored' | 'acknowledged'>({
    type: 'string',
    enum: ['read', 'unread', 'deleted', 'archived', 'unarchived', 'restored', 'acknowledged'],
    description: 'The states are independent: what is archived stays as read as it was, and what is restored is archived again if it was before.'
  }),
  ids: Type.Array(Id(), { minItems: 1, maxItems: 100, description: 'Notifications of your own inbox.', examples: [[notification.id]] }),
  since: Type.Optional(MarkSince)
}, { $id: 'Mark', additionalProperties: false, description: 'What to make of which notifications.', examples: Object.values(bodies.Mark) })
export type Mark = Static<typeof Mark>
export const MarkRef = refTo(Mark)

const refused = Type.Array(Type.Object({ id: Id(), code: Type.String({ examples: ['BLF_ACKNOWLEDGE_REQUIRED'] }) }), {
  description: 'What was left as it is, and why: BLF_ACKNOWLEDGE_REQUIRED for what must be acknowledged before it is archived or deleted, BLF_NOT_ACKNOWLEDGEABLE for what need not be. Absent if there is nothing.'
})
const acknowledgement = Type.Object({ id: Id(), at: Timestamp(), late: Type.Boolean({ description: 'Whether it was after `acknowledge.by`.' }) })

export const Marked = Type.Object({
  ids: Type.Array(Id(), { description: 'The ids that were found.' }),
  missing: Type.Array(Id(), { description: 'The ids that are not in the inbox; for `restored`, those that were not deleted from it.' }),
  overtaken: Type.Optional(overtaken),
  refused: Type.Optional(refused),
  acknowledged: Type.Optional(Type.Array(acknowledgement, { description: 'Only for `acknowledged`: each of `ids` with its first acknowledgement.' })),
  archived: Type.Optional(Type.Array(Id(), { description: 'Only for `restored`: those of `ids` that are in the archive again, because they were there when they were deleted. The others are in the list again.' })),
  ...counts
}, { $id: 'Marked', description: 'Which notifications were found.', examples: [{ ids: [notification.id], missing: [], unread_count: 2, unseen_count: 1, cursor }] })
export const MarkedRef = refTo(Marked)

export const Acknowledged = Type.Object({
  message: Type.String({ examples: ['Notification acknowledged'] }),
  id: Id(),
  acknowledged_at: Timestamp({ description: 'When it was acknowledged first.' }),
  late: Type.Boolean({ description: 'Whether that was after `acknowledge.by`.' }),
  ...counts
}, {
  $id: 'Acknowledged',
  description: 'That a notification is acknowledged.',
  examples: [{ message: 'Notification acknowledged', id: notification.id, acknowledged_at: '2026-01-31T12:05:00.000Z', late: false, unread_count: 2, unseen_count: 1, cursor }]
})
export const AcknowledgedRef = refTo(Acknowledged)

const archived = Type.Boolean({ description: 'Whether it is archived now. What was deleted is restored to where it was.' })
export const ArchiveState = stateSchema('ArchiveState', 'What was done, and whether the notification is read.', 'Notification archived', { archived }, { archived: true })
export const ArchiveStateRef = refTo(ArchiveState)

export const Seen = Type.Object({
  cursor: Cursor({ description: 'Everything up to this cursor was shown to the user: that of the newest item of a list, or of a frame.' })
}, { $id: 'Seen', additionalProperties: false, description: 'How far the user has seen the inbox.', examples: [{ cursor }] })
export type Seen = Static<typeof Seen>
export const SeenRef = refTo(Seen)

export const AckCursor = Cursor({ description: 'The device has everything that it was sent up to this cursor: that of the newest frame.' })
export const Ack = Type.Object({ cursor: AckCursor, device: Id({ description: 'The `device` that its sockets or streams were opened with.', examples: ['phone'] }) }, {
  $id: 'Ack', additionalProperties: false, description: 'How far a device has come.', examples: [{ cursor, device: 'phone' }]
})
export const AckRef = refTo(Ack)

export const Acked = Type.Object({ cursor: AckCursor }, { $id: 'Acked', description: 'What was acknowledged is written.', examples: [{ cursor }] })
export const AckedRef = refTo(Acked)

export const SeenState = Type.Object(counts, {
  $id: 'SeenState', description: 'How many notifications are still unseen. Seeing is not reading.', examples: [{ unseen_count: 0, unread_count: 2, cursor }]
})
export const SeenStateRef = refTo(SeenState)

export const Acted = Type.Object({
  id: Id(),
  action: ActionId({ description: 'The action that was chosen first: a second call is answered by it. It may be one that an edit has taken away since.' }),
  at: Timestamp({ description: 'When it was chosen.' }),
  ...counts
}, {
  $id: 'Acted',
  description: 'Which action of a notification the user chose.',
  examples: [{ id: notification.id, action: 'track', at: '2026-01-31T12:05:00.000Z', unread_count: 2, unseen_count: 1, cursor }]
})
export const ActedRef = refTo(Acted)
