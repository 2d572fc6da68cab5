import { Type, type Static } from '@sinclair/typebox'
import { Message, NotificationDataRef, NotificationType, Title } from './notification.ts'
import { Id, LooseTimestamp } from './primitives.ts'
import { refTo } from './ref.ts'

/** The body of a broadcast, as callers of socket services send it. */
export const Envelope = Type.Object({
  id: Type.Optional(Id({ examples: ['notif_1746245726.463395'] })),
  type: Type.Literal('notification'),
  payload: Type.Object({
    id: Type.Optional(Id({ description: 'Equal to the outer `id` if both are given.', examples: ['notif_1746245726.463395'] })),
    title: Title,
    message: Message,
    type: NotificationType,
    created_at: Type.Optional(LooseTimestamp()),
    expires_at: Type.Optional(LooseTimestamp({ examples: ['2030-01-31T12:00:00Z'] })),
    read: Type.Optional(Type.Boolean({ description: 'Ignored.' })),
    data: Type.Optional(NotificationDataRef)
  }, { additionalProperties: false })
}, {
  $id: 'Envelope',
  additionalProperties: false,
  examples: [{
    type: 'notification',
    payload: {
      title: 'User Update',
      message: 'New features are available for Company A users',
      type: 'info',
      created_at: '2025-05-03T11:15:26.463425',
      read: false,
      data: { topic: 'new_features' }
    }
  }]
})
export type Envelope = Static<typeof Envelope>
export const EnvelopeRef = refTo(Envelope)
