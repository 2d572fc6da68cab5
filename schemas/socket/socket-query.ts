import { Type } from '@sinclair/typebox'
import { pattern } from '../patterns.ts'
import { Id } from '../primitives.ts'

const topic = '(\\*|[A-Za-z0-9_.-]{1,64})'

/** What the address of a socket may say. */
export const SocketQuery = Type.Object({
  // Not the cursor's own schema: what cannot be read is answered with a `gap`, not refused.
  since: Type.Optional(Type.String({ maxLength: 256, description: 'The cursor to go on from: what came after it is replayed first.', examples: ['k3v9x0qa.2s'] })),
  topics: Type.Optional(Type.String({
    ...pattern(`^(${topic}(,${topic}){0,99})?$`, 'must be at most 100 topics (1 to 64 letters, digits, _ . or -) or *, comma-separated'),
    description: 'The topic filter to begin with: the list of `subscribed`, comma-separated. Absent or with `*` in it, it is everything; empty, it is no topic at all. Notifications without a topic always come.',
    examples: ['billing,new_features']
  })),
  ticket: Type.Optional(Type.String({ maxLength: 256, description: 'A ticket of `POST /api/auth/ticket`, good for one upgrade, from the origin that asked for it.' })),
  device: Type.Optional(Id({ description: 'A name of your choice for the device that opens the socket. For now it only stands in the server\'s log, in the lines about this socket.', examples: ['phone'] }))
}, { additionalProperties: false })
