import { Type, type Static } from '@sinclair/typebox'
import { bodies } from './examples.ts'
import { Message, NotificationDataRef, NotificationTypeRef, Title } from './notification.ts'
import { Id, LooseTimestamp } from './primitives.ts'
import { refTo } from './ref.ts'
import { life } from './sending/life.ts'
import { SendAt } from './sending/scheduled.ts'
import { shape } from './shape.ts'

const LABEL = 'A label of the caller\'s own. The same label with the same content and target is a retry; with other content or another target it is another notification. The label becomes the id of the notification if that id is free; the answer has the id.'

/** The body of a broadcast, in the form that callers of other socket services use. */
export const Envelope = Type.Object({
  id: Type.Optional(Id({ description: LABEL, examples: ['notif_1746245726.463395'] })),
  type: Type.Literal('notification'),
  payload: Type.Object({
    id: Type.Optional(Id({ description: 'Must be equal to the outer `id` if both are given.', examples: ['notif_1746245726.463395'] })),
    title: Title,
    message: Message,
    type: NotificationTypeRef,
    created_at: Type.Optional(LooseTimestamp()),
    expires_at: Type.Optional(LooseTimestamp({ description: 'When the notification leaves the inboxes; in the future.', examples: ['2099-12-31T12:00:00Z'] })),
    send_at: Type.Optional(SendAt()),
    read: Type.Optional(Type.Boolean({ description: 'Ignored.' })),
    data: Type.Optional(NotificationDataRef),
    ...shape,
    ...life
  }, { additionalProperties: false })
}, {
  $id: 'Envelope',
  additionalProperties: false,
  description: 'A notification to broadcast, with the envelope that other socket services use.',
  examples: Object.values(bodies.Envelope)
})
export type Envelope = Static<typeof Envelope>
export const EnvelopeRef = refTo(Envelope)
