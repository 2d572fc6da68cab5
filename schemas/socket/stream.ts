import { Type } from '@sinclair/typebox'
import { closeCodes, type CloseCode, type Reconnect } from '../../src/protocol/close-codes.ts'
import { pattern } from '../patterns.ts'
import { problems } from '../problem.ts'
import { SocketQuery } from './socket-query.ts'

const { since, topics, ticket, device } = SocketQuery.properties

/** The query parameters of a stream. */
export const StreamQuery = Type.Object({
  since,
  topics,
  ticket: { ...ticket, description: 'A ticket of `POST /api/auth/ticket`, for one stream from the origin that asked for it.' },
  device: { ...device, description: 'A name of your choice for the device that opens the stream: what it acknowledges at `POST /api/notifications/ack` is noted for it.' }
}, { additionalProperties: false })

/** The query parameters of a stream of overviews. */
export const OverviewQuery = Type.Object({ ticket: StreamQuery.properties.ticket }, { additionalProperties: false })

/** What a request that opens a stream is answered. */
export const streamAnswers = {
  200: { description: 'The stream is open, and stays so.', content: { 'text/event-stream': { schema: Type.String() } } },
  ...problems(400, 401, 403)
}

export const StreamHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({
    maxLength: 256,
    ...pattern('^[\\x20-\\x7e]*$', 'must consist of visible ASCII characters'),
    description: 'The cursor to resume from; it counts instead of `since`. An `EventSource` that reconnects by itself sends it.',
    examples: ['k3v9x0qa.2s']
  }))
})

const { reason, reconnect } = closeCodes[1012]

/** The last event of a stream. It is no `ServerFrame`, because a socket has a close frame of its protocol instead. */
export const CloseFrame = Type.Object({
  type: Type.Literal('close'),
  payload: Type.Object({
    code: Type.Unsafe<CloseCode>({ type: 'integer', description: 'The code with which a WebSocket would be closed.', examples: [1012] }),
    reason: Type.String({ examples: [reason] }),
    reconnect: Type.Unsafe<Reconnect>({ type: 'string', enum: ['yes', 'no', 'token'], description: '`yes`: from the last cursor, with backoff. `token`: once, with a new token.' })
  })
}, {
  $id: 'CloseFrame',
  description: 'The last event of a stream that the server ends. It has no `id`, so that an `EventSource` resumes from the last cursor.',
  examples: [{ type: 'close', payload: { code: 1012, reason, reconnect } }]
})
