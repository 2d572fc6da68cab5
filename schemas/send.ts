import { Type, type Static } from '@sinclair/typebox'
import { AudienceRef } from './audience.ts'
import { Message, NotificationDataRef, NotificationType, Title } from './notification.ts'
import { Id, LooseTimestamp, Topic } from './primitives.ts'
import { refTo } from './ref.ts'

export const Send = Type.Object({
  title: Title,
  message: Message,
  priority: NotificationType,
  topic: Topic(),
  id: Type.Optional(Id({ description: 'Makes a retry safe: the same id with the same content is stored and delivered once.' })),
  data: Type.Optional(NotificationDataRef),
  expires_at: Type.Optional(LooseTimestamp({ description: 'When it leaves the inboxes; in the future.', examples: ['2030-01-31T12:00:00Z'] })),
  audience: Type.Optional(AudienceRef)
}, {
  $id: 'Send',
  additionalProperties: false,
  examples: [{ title: 'Hello', message: 'Belfry is up', priority: 'info', topic: 'greetings', audience: { all: true } }]
})
export type Send = Static<typeof Send>
export const SendRef = refTo(Send)

export const DryRunQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ description: 'Validate and authorise only; store nothing and say who would get it.' }))
}, { additionalProperties: false })

export const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]+$',
    description: 'Instead of an `id`: makes a retry by the same principal safe.',
    examples: ['order-1742-shipped']
  }))
})

const recipients = Type.Object({
  users: Type.Integer({ minimum: 0, description: 'Registered users (or ids named) it would reach.' }),
  connected: Type.Integer({ minimum: 0, description: 'Those of them with an open socket.' })
}, { description: 'Only on a dry run.' })

export const Sent = Type.Object({
  message: Type.String({ examples: ['Notification sent successfully'] }),
  id: Type.Optional(Id()),
  cursor: Type.Optional(Type.String({ examples: ['k3v9x0qa.2s'] })),
  recipients: Type.Optional(recipients)
}, { $id: 'Sent', description: 'Committed and synced to disk; `recipients` instead of `id` and `cursor` on a dry run.' })
export const SentRef = refTo(Sent)

export const Broadcasted = Type.Object({
  status: Type.Literal('success'),
  message: Type.String({ examples: ['Message broadcasted to company company_a'] }),
  id: Type.Optional(Id()),
  cursor: Type.Optional(Type.String({ examples: ['k3v9x0qa.2s'] })),
  recipients: Type.Optional(recipients)
}, { $id: 'Broadcasted', description: 'As `Sent`, for a broadcast.' })
export const BroadcastedRef = refTo(Broadcasted)
