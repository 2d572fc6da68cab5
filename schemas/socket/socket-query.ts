import { Type } from '@sinclair/typebox'
import { pattern } from '../patterns.ts'
import { Id } from '../primitives.ts'

const topic = '(\\*|[A-Za-z0-9_.-]{1,64})'

/** The query parameters of the upgrade. */
export const SocketQuery = Type.Object({
  // Not `Cursor`: a cursor that cannot be parsed is answered with a `gap` frame, not refused.
  since: Type.Optional(Type.String({ maxLength: 256, description: 'The cursor to resume from: events after it are replayed first.', examples: ['k3v9x0qa.2s'] })),
  topics: Type.Optional(Type.String({
    ...pattern(`^(${topic}(,${topic}){0,99})?$`, 'must be at most 100 topics (1 to 64 letters, digits, _ . or -) or *, comma-separated'),
    description: 'The topic filter to begin with: topics, separated by commas. Without the parameter, or with `*` in it, the filter is everything; with an empty one it is no topic. Notifications without a topic always come.',
    examples: ['billing,new_features']
  })),
  ticket: Type.Optional(Type.String({ maxLength: 256, description: 'A ticket of `POST /api/auth/ticket`, for one upgrade from the origin that asked for it.' })),
  device: Type.Optional(Id({ description: 'A name of your choice for the device that opens the socket: what it acknowledges with `ack` is noted for it. A user has at most 20 devices; one more retires the one that has come least far.', examples: ['phone'] }))
}, { additionalProperties: false })
