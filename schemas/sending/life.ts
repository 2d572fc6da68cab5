import { Type, type Static, type TObject } from '@sinclair/typebox'
import { Id } from '../primitives.ts'

/** What becomes of a notification after it is sent, as its sender asks for it: fields of every way of sending, all optional. */
export const life = {
  replace_key: Type.Optional(Id({
    description: 'Takes the place of the one before: the last notification of the same sender to the same audience with the same key is recalled in the same commit, as for "3 new comments". A retry replaces nothing.',
    examples: ['post-17-comments']
  })),
  late_joiners: Type.Optional(Type.Boolean({
    description: 'Also for users who join its audience (its companies, roles or groups, or Belfry itself) before `expires_at`, which it then needs: unread, whatever they had marked as read before.',
    examples: [true]
  }))
}
export type Life = Static<TObject<typeof life>>

/** What a notification that replaces another one says of it. */
export const replacing = {
  replaces: Type.Optional(Id({ description: 'The notification that it replaces, which is recalled.', examples: ['0192f0c1-8d10-7c3e-9b52-1f0e6a7d4c87'] })),
  replaced_count: Type.Optional(Type.Integer({ minimum: 1, description: 'How many it and those before it have replaced.', examples: [2] }))
}
