import { STATUS_CODES } from 'node:http'
import { cursor, requestId } from '../../schemas/examples.ts'
import { meaning } from '../../schemas/problem.ts'
import { PROBLEM_TYPE, toProblemBody } from '../http/problem.ts'
import { errorCodes, type ErrorCode } from '../protocol/error-codes.ts'
import { COMPONENT, type Json } from './document.ts'

const headers: Record<string, Json> = {
  RetryAfter: { description: 'How many seconds to wait.', schema: { type: 'integer', minimum: 0, examples: [1] } },
  WwwAuthenticate: { description: 'How to authenticate.', schema: { type: 'string', examples: ['Bearer'] } },
  Location: { description: 'The URL of the new user.', schema: { type: 'string', format: 'uri-reference', examples: ['/api/users/0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] } },
  RateLimit: { description: 'How many requests are left (`r`), and in how many seconds the window ends (`t`). Absent if there is no limit.', schema: { type: 'string', examples: ['"user";r=599;t=60'] } },
  RateLimitPolicy: { description: 'The limit: requests (`q`) in a window of seconds (`w`).', schema: { type: 'string', examples: ['"user";q=600;w=60'] } }
}
const header = (name: keyof typeof headers) => ({ $ref: `#/components/headers/${name}` })
const quota = { RateLimit: header('RateLimit'), 'RateLimit-Policy': header('RateLimitPolicy') }

const ofStatus: Record<number, Json> = {
  401: { 'WWW-Authenticate': header('WwwAuthenticate') },
  429: { 'Retry-After': header('RetryAfter'), ...quota },
  503: { 'Retry-After': header('RetryAfter') }
}

/** Adds to each operation the answers that its route does not declare, and the headers of all answers. */
export function describeAnswers (document: Json): void {
  const responses: Json = document['components'].responses = {}
  for (const [path, item] of Object.entries<Json>(document['paths'])) {
    for (const [method, operation] of Object.entries<Json>(item)) {
      // An empty list says that no credentials are needed.
      operation['security'] ??= []
      addProblems(method, operation)
      shareProblems(operation, responses)
      addHeaders(path, operation)
    }
  }
  document['components'].headers = headers
  const { schemas } = document['components']
  schemas.ErrorCode = {
    type: 'string',
    enum: Object.keys(errorCodes),
    description: 'Which error it is. Later versions may have more: handle an unknown code by its status.',
    examples: ['BLF_VALIDATION']
  }
  for (const { properties } of [schemas.Problem, schemas.ErrorFrame.properties.payload]) properties.code = { $ref: `${COMPONENT}ErrorCode` }
}

/** Errors that come before a request reaches its route, or from the store. */
function addProblems (method: string, { responses, security }: Json): void {
  const added = [408, 431]
  if (method !== 'get' && security.length > 0) added.push(507)
  for (const status of added) responses[status] ??= { description: meaning[status], content: { [PROBLEM_TYPE]: {} } }
}

/** Makes one component of each error answer, with an example for every code of its status. */
function shareProblems (operation: Json, responses: Json): void {
  for (const [status, response] of Object.entries<Json>(operation['responses'])) {
    if (!response['content']?.[PROBLEM_TYPE]) continue
    const name = STATUS_CODES[status]!.replace(/\W/g, '')
    responses[name] ??= problemResponse(Number(status), response['description'])
    operation['responses'][status] = { $ref: `#/components/responses/${name}` }
  }
}

function problemResponse (status: number, description: string): Json {
  const codes = Object.keys(errorCodes) as ErrorCode[]
  const examples = codes.filter(code => errorCodes[code][0] === status).map(code => {
    const errors = code === 'BLF_VALIDATION' ? [{ path: '/title', message: 'is required' }] : undefined
    const gap = code === 'BLF_CURSOR_GONE' ? { reason: 'expired', cursor } as const : undefined
    return [code, { summary: code, value: toProblemBody({ statusCode: status, message: errorCodes[code][1], code, errors, ...(gap ? { gap } : {}) }, requestId) }]
  })
  return {
    description,
    ...(ofStatus[status] ? { headers: ofStatus[status] } : {}),
    content: { [PROBLEM_TYPE]: { schema: { $ref: `${COMPONENT}Problem` }, examples: Object.fromEntries(examples) } }
  }
}

function addHeaders (path: string, { responses, security }: Json): void {
  for (const [status, response] of Object.entries<Json>(responses)) {
    if (response['$ref'] || !status.startsWith('2')) continue
    const named = { ...(path === '/api/users' && status === '201' ? { Location: header('Location') } : {}), ...(security.length > 0 ? quota : {}) }
    if (Object.keys(named).length > 0) response['headers'] = { ...response['headers'], ...named }
  }
}
