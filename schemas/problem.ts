import { Type, type Static } from '@sinclair/typebox'
import { cursor, requestId } from './examples.ts'
import { refTo } from './ref.ts'

/** A problem whose field at this path is missing. */
export const exampleOf = (path: string) => ({
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  detail: 'The request is not valid.',
  code: 'BLF_VALIDATION',
  request_id: requestId,
  errors: [{ path, message: 'is required' }]
})

export const Problem = Type.Object({
  type: Type.String({ examples: ['about:blank'] }),
  title: Type.String({ examples: ['Bad Request'] }),
  status: Type.Integer({ examples: [400] }),
  detail: Type.String({ examples: ['The request is not valid.'] }),
  code: Type.String({ examples: ['BLF_VALIDATION'] }),
  request_id: Type.String({ examples: [requestId] }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ examples: ['/title'] }),
    message: Type.String({ examples: ['must not be empty'] })
  }))),
  reason: Type.Optional(Type.String({ description: 'Of `BLF_CURSOR_GONE`: why the cursor cannot be resumed from. `expired`: retention has removed events after it; `epoch`: it is of another log, as after a restore; `future`: it is ahead of the log; `unreadable`: it is not a cursor.', examples: ['expired'] })),
  cursor: Type.Optional(Type.String({ description: 'Of `BLF_CURSOR_GONE`: the oldest cursor to go on from.', examples: [cursor] }))
}, {
  $id: 'Problem',
  description: 'An error, as RFC 9457 (application/problem+json) describes it. `code` says which error it is, `errors` lists the fields that are wrong.',
  examples: [exampleOf('/title')]
})
export type Problem = Static<typeof Problem>
export const ProblemRef = refTo(Problem)

/** The description of each error status. */
export const meaning: Record<number, string> = {
  400: 'The request is not valid.',
  401: 'Credentials are missing or not valid.',
  403: 'Not allowed, whether or not the target exists.',
  404: 'It does not exist, or not for this caller.',
  408: 'The request took too long to arrive.',
  409: 'The request conflicts with what is stored.',
  410: 'The cursor cannot be resumed from: `reason` says why, and `cursor` where to go on.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  426: 'The request is not an upgrade to WebSocket.',
  429: 'Too many requests; `Retry-After` says how long to wait.',
  431: 'The request headers are too large.',
  500: 'An error of the server.',
  503: 'The store cannot be reached or the server is draining; nothing was stored. `Retry-After` says how long to wait.',
  507: 'The store has no room left; nothing was stored.'
}

/** The error answers of a route, ready to spread into its `response`. */
export function problems (...statuses: number[]) {
  return Object.fromEntries([...statuses, 429, 500, 503].map(status => [status, {
    description: meaning[status],
    content: { 'application/problem+json': { schema: ProblemRef } }
  }]))
}
