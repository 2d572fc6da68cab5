import { Type } from '@sinclair/typebox'
import { feedTypes } from '../../src/protocol/outbound/feed.ts'
import { cursor } from '../examples.ts'
import { pattern } from '../patterns.ts'
import { Cursor, Id, Timestamp, Topic, UserId } from '../primitives.ts'
import { refTo } from '../ref.ts'
import { event } from './examples.ts'

const type = `(${feedTypes.join('|').replaceAll('.', '\\.')})`

export const FeedQuery = Type.Object({
  // Not `Cursor`: one that cannot be parsed is answered as one that is gone.
  since: Type.Optional(Type.String({ maxLength: 256, description: 'A cursor, from an answer or an item of this feed, or from an inbox: events after it come. Without it, the oldest that are kept come first.', examples: [cursor] })),
  last: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'In place of `since`: begins so many places before the end of the log, so that the newest events come, not the oldest.', examples: [100] })),
  types: Type.Optional(Type.String({
    maxLength: 1_000,
    ...pattern(`^${type}(,${type}){0,29}$`, `must be types of the feed, comma-separated: ${feedTypes.join(', ')}`),
    description: `Only events of these types, comma-separated: ${feedTypes.map(type => `\`${type}\``).join(', ')}.`,
    examples: ['notification.read,inbox.read_all']
  })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'How many, at most.' })),
  wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 30, default: 0, description: 'How many seconds to wait for an event if there is none yet.', examples: [30] }))
}, { additionalProperties: false })

export const FeedEvent = Type.Object({
  cursor: Cursor({ description: 'Where it stands in the log: the feed goes on after it.' }),
  type: Type.String({ description: 'What happened. Later versions may have more types.', examples: ['notification.read'] }),
  at: Timestamp({ description: 'When it was committed.' }),
  user_id: Type.Optional(UserId({ description: 'Who did it; of `user.created`, `user.updated` and `user.removed`: who it is about.' })),
  notification_ids: Type.Optional(Type.Array(Id(), { maxItems: 100, description: 'Which notifications it is about.' })),
  before: Type.Optional(Cursor({ description: 'Of `inbox.read_all`: everything up to and including this cursor is read.' })),
  topic: Type.Optional(Topic({ description: 'The topic of the notification, or, of `inbox.read_all`, the one that is read.' })),
  webhook_id: Type.Optional(Id({ description: 'Of `webhook.disabled`, and of `delivery.failed` where a webhook failed: which.' })),
  channel: Type.Optional(Type.String({ description: 'Of `delivery.failed` where it was not a webhook: `push` or `mail`. `user_id` is then who did not get it, by push at one of the user\'s devices; it is left out if push gave up a notification for several users together. Later versions may have more channels.', examples: ['mail'] }))
}, { $id: 'FeedEvent', description: 'An event of the log: what happened, when, to what and by whom; never a text.', examples: [event] })
export const FeedEventRef = refTo(FeedEvent)

export const FeedPage = Type.Object({
  items: Type.Array(FeedEventRef),
  cursor: Cursor({ description: 'The `since` to go on with. It has passed what was left out by `types`, too, so it moves although there are no items.' })
}, { $id: 'FeedPage', description: 'Events of the log, oldest first.', examples: [{ items: [event], cursor }] })
export const FeedPageRef = refTo(FeedPage)
