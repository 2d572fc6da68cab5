import { Type, type Static } from '@sinclair/typebox'
import { AudienceRef } from '../audience.ts'
import { bodies, cursor, notification, plan } from '../examples.ts'
import { Notification } from '../notification.ts'
import { Id, LooseTimestamp, Timestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'
import { editFields, hasChange } from './edit.ts'

const states = ['planned', 'sent', 'refused', 'expired', 'cancelled'] as const
export const PlanState = Type.Unsafe<typeof states[number]>({
  $id: 'PlanState',
  type: 'string',
  enum: [...states],
  description: '`planned`: it waits for its time. `sent`: it was published. `refused`: when it was due, its sender had been removed or no longer had the right to send it. `expired`: it had expired before it could be published. `cancelled`: it was cancelled.',
  examples: ['planned']
})
export const PlanStateRef = refTo(PlanState)

export const Scheduled = Type.Object({
  message: Type.String({ examples: ['Notification scheduled'] }),
  id: Id({ description: 'The id of the notification, now and when it is sent.' }),
  send_at: Timestamp({ description: 'When it is sent.' })
}, {
  $id: 'Scheduled',
  title: 'Scheduled',
  description: 'The notification is planned: committed and synced to disk. It has no cursor yet.',
  examples: [{ message: 'Notification scheduled', id: plan.id, send_at: plan.send_at }]
})
export const ScheduledRef = refTo(Scheduled)

const revision = { minimum: 1, examples: [1] }
/** What a reader's Notification has and a plan has too. */
const { title: _title, message: _message, read: _read, read_at: _readAt, created_at: _createdAt, ...content } = Notification.properties

export const Plan = Type.Object({
  ...content,
  title: nullable(Type.String({ description: 'Null once it was cancelled or recalled, and when retention has removed what was sent.', examples: ['Hello'] })),
  message: nullable(Type.String({ description: 'Null when `title` is.', examples: ['Belfry is up'] })),
  state: PlanStateRef,
  send_at: Timestamp({ description: 'When it is, or was, to be sent.' }),
  audience: AudienceRef,
  sender: Type.String({ description: 'Who planned it: `user:<id>` or `key:<id>`.', examples: ['user:alice'] }),
  created_at: Timestamp({ description: 'When it was planned.' }),
  revision: Type.Integer({ ...revision, description: '1 at first; each change of the plan adds one. The notification that it becomes counts its own edits, from 1.' }),
  ended_at: Type.Optional(Timestamp({ description: 'When it was sent, refused or cancelled, or found to have expired.' })),
  cursor: Type.Optional(Type.String({ description: 'The cursor of the notification, once it is sent.', examples: [cursor] })),
  refusal: Type.Optional(Type.String({ description: 'The code of the error for which it was refused.', examples: ['BLF_FORBIDDEN'] }))
}, { $id: 'Plan', description: 'A notification that is, or was, to be sent later.', examples: [plan] })
export type Plan = Static<typeof Plan>
export const PlanRef = refTo(Plan)

export const PlanPage = Type.Object({
  items: Type.Array(PlanRef),
  next_before: nullable(Type.String({ description: 'The `before` of the next page; null on the last page.' }))
}, { $id: 'PlanPage', description: 'A page of planned notifications, the one that was planned last first.', examples: [{ items: [plan], next_before: null }] })
export const PlanPageRef = refTo(PlanPage)

/** When a notification is sent, in each body that sends one. */
export const SendAt = () => LooseTimestamp({
  description: 'When to send it, instead of now: in the future, before `expires_at`, and no further ahead than the server allows (90 days). The answer is then a 202.',
  examples: ['2099-12-24T18:00:00Z']
})

export const PlanChange = Type.Object({
  send_at: Type.Optional(LooseTimestamp({ description: 'Another time to send it: in the future, before `expires_at`, and no further ahead than the server allows (90 days).', examples: ['2099-12-24T18:00:00Z'] })),
  ...editFields,
  revision: Type.Optional(Type.Integer({ ...revision, description: 'The `revision` that the change is made to. If the plan has another by now, the answer is a 409.' }))
}, {
  $id: 'PlanChange',
  additionalProperties: false,
  ...hasChange,
  description: 'The fields to change; the others stay as they are. `data` is replaced as a whole, but its `topic` stays. `null` removes `url`, `icon`, `actions`, `urgency` or `expires_at`. The audience cannot be changed.',
  examples: Object.values(bodies.PlanChange)
})
export type PlanChange = Static<typeof PlanChange>
export const PlanChangeRef = refTo(PlanChange)

export const Cancelled = Type.Object({ message: Type.String({ examples: ['Notification cancelled'] }), id: Id() }, {
  $id: 'Cancelled', description: 'A planned notification that will not be sent; its text is removed.', examples: [{ message: 'Notification cancelled', id: notification.id }]
})
export const CancelledRef = refTo(Cancelled)
