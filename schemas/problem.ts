import { Type, type Static } from '@sinclair/typebox'
import { refTo } from './ref.ts'

export const Problem = Type.Object({
  type: Type.String({ examples: ['about:blank'] }),
  title: Type.String({ examples: ['Bad Request'] }),
  status: Type.Integer({ examples: [400] }),
  detail: Type.String({ examples: ['The request is not valid.'] }),
  code: Type.String({ examples: ['BLF_VALIDATION'] }),
  request_id: Type.String({ examples: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ examples: ['/title'] }),
    message: Type.String({ examples: ['must not be empty'] })
  })))
}, {
  $id: 'Problem',
  description: 'An error, RFC 9457 (application/problem+json). `code` says which; `errors`, which fields are wrong.',
  examples: [{
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'The request is not valid.',
    code: 'BLF_VALIDATION',
    request_id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d',
    errors: [{ path: '/title', message: 'is required' }]
  }]
})
export type Problem = Static<typeof Problem>
export const ProblemRef = refTo(Problem)

/** What each status says of a request. */
export const meaning: Record<number, string> = {
  400: 'The request is not valid.',
  401: 'No credentials, or bad ones.',
  403: 'Not allowed, whether or not the target exists.',
  404: 'No such thing for this caller.',
  408: 'The request took too long to arrive.',
  409: 'In conflict with what is stored.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  426: 'Not an upgrade to WebSocket.',
  429: 'Too many requests; `Retry-After` says when to come back.',
  431: 'The request headers are too large.',
  500: 'A fault of ours.',
  503: 'The store cannot be reached or the server is draining; nothing was stored. `Retry-After` says when to come back.',
  507: 'The store has no room left; nothing was stored.'
}

/** The error answers of a route, ready to spread into its `response`. */
export function problems (...statuses: number[]) {
  return Object.fromEntries([...statuses, 429, 500, 503].map(status => [status, {
    description: meaning[status],
    content: { 'application/problem+json': { schema: ProblemRef } }
  }]))
}
