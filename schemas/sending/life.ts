import { Type, type Static, type TObject } from '@sinclair/typebox'
import { AudienceRef } from '../audience.ts'
import { Id, LooseTimestamp, Timestamp } from '../primitives.ts'

const Acknowledge = Type.Object({
  by: Type.Optional(LooseTimestamp({ description: 'Until when: not after `expires_at`, and within the days that notifications are kept. A later one is accepted, and reported as late.', examples: ['2026-02-01T12:00:00Z'] })),
  remind_every: Type.Optional(Type.Integer({ minimum: 3600, maximum: 31_536_000, description: 'Seconds between two reminders to whoever has not acknowledged it.', examples: [86_400] })),
  reminders: Type.Optional(Type.Integer({ minimum: 1, maximum: 6, description: 'How many reminders there are at most, with `remind_every`; 6 if it is absent. There are none after `by`.', examples: [3] })),
  escalate_to: Type.Optional(AudienceRef)
}, {
  additionalProperties: false,
  description: 'It must be acknowledged. Until then it can be neither archived nor deleted; reading it does not acknowledge it. `escalate_to`, with `by`, is told then how many have not: by a notification `<id>.escalation`, if the sender may still send to both audiences.'
})
export type Acknowledge = Static<typeof Acknowledge>

/** What becomes of a notification after it is sent, as its sender asks for it: fields of every way of sending, all optional. */
export const life = {
  replace_key: Type.Optional(Id({
    description: 'Takes the place of the one before: the last notification of the same sender to the same audience with the same key is recalled in the same commit, as for "3 new comments". A retry replaces nothing.',
    examples: ['post-17-comments']
  })),
  late_joiners: Type.Optional(Type.Boolean({
    description: 'Also for users who join its audience (its companies, roles or groups, or Belfry itself) before `expires_at`, which it then needs: unread, whatever they had marked as read before.',
    examples: [true]
  })),
  acknowledge: Type.Optional(Acknowledge)
}
export type Life = Static<TObject<typeof life>>

/** What a notification that replaces another one says of it. */
export const replacing = {
  replaces: Type.Optional(Id({ description: 'The notification that it replaces, which is recalled.', examples: ['0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c87'] })),
  replaced_count: Type.Optional(Type.Integer({ minimum: 1, description: 'How many it and those before it have replaced.', examples: [2] }))
}

/** What a notification that must be acknowledged says of it. */
export const demanding = {
  acknowledge: Type.Optional(Type.Object({ by: Type.Optional(Timestamp({ description: 'Until when.' })) }, {
    description: 'There if it must be acknowledged: until then it can be neither archived nor deleted.', examples: [{ by: '2026-02-01T12:00:00.000Z' }]
  }))
}
