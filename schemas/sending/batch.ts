import { Type, type Static } from '@sinclair/typebox'
import { bodies, cursor, notification } from '../examples.ts'
import { Id, Timestamp } from '../primitives.ts'
import { exampleOf, ProblemRef } from '../problem.ts'
import { refTo } from '../ref.ts'

export const MAX_BATCH = 500

/** `items` are `Send`, as the document says (`src/docs/finish.ts`). This schema accepts any, because a wrong item fails alone: the route validates them one by one. */
export const Batch = Type.Object({
  items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: MAX_BATCH, description: 'The notifications, each as the body of `POST /api/notifications/send` and no larger than it may be.' })
}, {
  $id: 'Batch',
  additionalProperties: false,
  description: 'Notifications to send in one call.',
  examples: Object.values(bodies.Batch)
})
export const BatchRef = refTo(Batch)

const BatchItem = Type.Object({
  id: Id({ description: 'The id of the notification.' }),
  cursor: Type.String({ description: 'The cursor of the notification.', examples: [cursor] })
}, { title: 'Sent' })

const BatchPlan = Type.Object({ id: Id({ description: 'The id of the notification.' }), send_at: Timestamp({ description: 'When it is sent.' }) }, { title: 'Scheduled' })

export const BatchResult = Type.Object({
  items: Type.Array(Type.Union([BatchItem, BatchPlan, ProblemRef]), { description: 'One for each item, in the same order: what was sent or scheduled, or a problem.' })
}, {
  $id: 'BatchResult',
  description: 'What came of each item. Those with an `id` are committed and synced to disk; of those with a problem nothing was stored.',
  examples: [{
    items: [
      { id: notification.id, cursor },
      exampleOf('/items/1/title')
    ]
  }]
})
export type BatchResult = Static<typeof BatchResult>
export const BatchResultRef = refTo(BatchResult)
