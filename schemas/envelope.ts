import { Type, type Static } from '@sinclair/typebox'
import { bodies } from './examples.ts'
import { Message, NotificationDataRef, NotificationTypeRef, Title } from './notification.ts'
import { Id, LooseTimestamp } from './primitives.ts'
import { refTo } from './ref.ts'

const LABEL = 'The caller\'s label: repeated with the same content and target it is a retry, with anything else another notification. The notification has it as its id, unless the id is taken: the answer says which it is.'

/** The body of a broadcast, as callers of socket services send it. */
export const Envelope = Type.Object({
  id: Type.Optional(Id({ description: LABEL, examples: ['notif_1746245726.463395'] })),
  type: Type.Literal('notification'),
  payload: Type.Object({
    id: Type.Optional(Id({ description: 'Equal to the outer `id` if both are given.', examples: ['notif_1746245726.463395'] })),
    title: Title,
    message: Message,
    type: NotificationTypeRef,
    created_at: Type.Optional(LooseTimestamp()),
    expires_at: Type.Optional(LooseTimestamp({ description: 'When it leaves the inboxes; in the future.', examples: ['2099-12-31T12:00:00Z'] })),
    read: Type.Optional(Type.Boolean({ description: 'Ignored.' })),
    data: Type.Optional(NotificationDataRef)
  }, { additionalProperties: false })
}, {
  $id: 'Envelope',
  additionalProperties: false,
  description: 'A notification to broadcast, as callers of socket services wrap it.',
  examples: Object.values(bodies.Envelope)
})
export type Envelope = Static<typeof Envelope>
export const EnvelopeRef = refTo(Envelope)
