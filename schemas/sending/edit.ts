import { Type, type Static } from '@sinclair/typebox'
import { bodies, cursor, notification } from '../examples.ts'
import { Message, NotificationDataRef, NotificationTypeRef, Title } from '../notification.ts'
import { Id, LooseTimestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { Actions, Icon, Url } from '../shape.ts'

/** What can be changed of a notification. Its audience and its topic cannot. */
export const editFields = {
  title: Type.Optional(Title),
  message: Type.Optional(Message),
  type: Type.Optional(NotificationTypeRef),
  data: Type.Optional(NotificationDataRef),
  url: Type.Optional(nullable(Url())),
  icon: Type.Optional(nullable(Icon())),
  actions: Type.Optional(nullable(Actions())),
  urgency: Type.Optional(Type.Unsafe<'low' | 'normal' | 'high' | null>({
    type: ['string', 'null'], enum: ['low', 'normal', 'high', null], description: 'How much it may interrupt its reader.', examples: ['normal']
  })),
  expires_at: Type.Optional(nullable(LooseTimestamp({
    description: 'When the notification leaves the inboxes; in the future. `null`: never.', examples: ['2099-12-31T12:00:00Z']
  })))
}

export const revision = Type.Integer({ minimum: 1, maximum: 50, description: 'Counts the edits: a notification as it was sent is revision 1.', examples: [2] })

/** At least one field besides the revision, which alone changes nothing. */
export const hasChange = {
  minProperties: 1,
  if: { properties: { revision: {} }, required: ['revision'] },
  then: { minProperties: 2 }
}

export const Edit = Type.Object({
  ...editFields,
  revision: Type.Optional(Type.Integer({
    minimum: 1, description: 'The revision that this changes. If somebody else has edited the notification since, the answer is a 409 `BLF_REVISION` and nothing changes.', examples: [1]
  }))
}, {
  $id: 'Edit',
  additionalProperties: false,
  ...hasChange,
  description: 'The fields to change; the others stay as they are. `data` is replaced as a whole, but its `topic` stays. `null` removes `url`, `icon`, `actions`, `urgency` or `expires_at`.',
  examples: Object.values(bodies.Edit)
})
export type Edit = Static<typeof Edit>
export const EditRef = refTo(Edit)

export const Edited = Type.Object({
  id: Id(),
  revision,
  cursor: Type.String({ description: 'The cursor of the edit.', examples: [cursor] })
}, { $id: 'Edited', description: 'The edit is committed and synced to disk.', examples: [{ id: notification.id, revision: 2, cursor }] })
export const EditedRef = refTo(Edited)
