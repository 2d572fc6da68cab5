import { Type, type Static } from '@sinclair/typebox'
import { cursor, notification } from '../examples.ts'
import { NotificationTypeRef } from '../notification.ts'
import { pattern } from '../patterns.ts'
import { Cursor, Id, Limit, LooseTimestamp, Text, Timestamp, Topic } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

const SENDER = '^(user|key):[^\\p{Cc}\\p{Cs}]+$'

export const SentQuery = Type.Object({
  limit: Type.Optional(Limit()),
  before: Type.Optional(Cursor({ description: 'The `next_before` of the previous page.' })),
  q: Type.Optional(Text(200, { description: 'Only notifications whose title begins with this, in upper or lower case.', examples: ['mainten'] })),
  topic: Type.Optional(Topic({ description: 'Only notifications of this topic.' })),
  type: Type.Optional(NotificationTypeRef),
  sender: Type.Optional(Type.String({
    maxLength: 260,
    ...pattern(SENDER, 'must be user: or key:, and an id'),
    description: 'Only what this user or API key sent: `user:<id>` or `key:<id>`.',
    examples: ['user:0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d']
  })),
  from: Type.Optional(LooseTimestamp({ description: 'Only what was sent at this time or later.', examples: ['2026-01-01'] })),
  to: Type.Optional(LooseTimestamp({ description: 'Only what was sent at this time or before.', examples: ['2026-01-31T12:00:00Z'] }))
}, { additionalProperties: false })

/** The forms of `Audience` in one, without its patterns: names of early versions stay as they are. */
export const SentAudience = Type.Object({
  all: Type.Optional(Type.Literal(true)),
  users: Type.Optional(Type.Array(Type.String())),
  companies: Type.Optional(Type.Array(Type.String())),
  roles: Type.Optional(Type.Array(Type.String())),
  groups: Type.Optional(Type.Array(Type.String())),
  company: Type.Optional(Type.String({ description: 'Of groups: whose they are; absent for global ones.' })),
  not: Type.Optional(Type.Object({ users: Type.Array(Type.String()) }))
}, { description: 'To whom, as in `Audience`. Of a list that named somebody twice, each is here once.' })

export const SentNotification = Type.Object({
  id: Id(),
  title: nullable(Type.String({ description: 'Null once it is recalled.', examples: [notification.title] })),
  message: nullable(Type.String({ description: 'Null once it is recalled.', examples: [notification.message] })),
  type: NotificationTypeRef,
  topic: nullable(Type.String({ examples: [notification.data.topic] })),
  audience: SentAudience,
  sender: Type.String({ description: '`user:<id>` or `key:<id>`.', examples: ['user:0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] }),
  created_at: Timestamp({ description: 'What its readers see: of a broadcast, the sender may have said when it was made.' }),
  sent_at: Timestamp({ description: 'When it was sent.' }),
  expires_at: nullable(Timestamp()),
  revision: Type.Integer({ minimum: 1, description: '1, and one more with each edit.', examples: [1] }),
  recalled_at: nullable(Timestamp())
}, {
  $id: 'SentNotification',
  description: 'A notification as its sender sees it.',
  examples: [{
    id: notification.id,
    title: notification.title,
    message: notification.message,
    type: notification.type,
    topic: notification.data.topic,
    audience: { companies: ['company_a'], roles: ['admin', 'user'] },
    sender: 'user:0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
    created_at: notification.created_at,
    sent_at: notification.created_at,
    expires_at: null,
    revision: 1,
    recalled_at: null
  }]
})
export type SentNotification = Static<typeof SentNotification>
export const SentNotificationRef = refTo(SentNotification)

export const SentPage = Type.Object({
  items: Type.Array(SentNotificationRef),
  next_before: nullable(Type.String({ description: 'The `before` of the next page; null on the last page.', examples: [cursor] }))
}, {
  $id: 'SentPage',
  description: 'A page of what was sent, newest first.',
  examples: [{ items: SentNotification['examples'], next_before: null }]
})
export const SentPageRef = refTo(SentPage)
