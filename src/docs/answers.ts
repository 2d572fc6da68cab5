import { STATUS_CODES } from 'node:http'
import { meaning } from '../../schemas/problem.ts'
import { errorCodes } from '../protocol/error-codes.ts'

type Json = Record<string, any>

const PROBLEM = 'application/problem+json'
const COMPONENT = '#/components/schemas/'

const headers: Record<string, Json> = {
  RetryAfter: { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0, examples: [1] } },
  WwwAuthenticate: { description: 'How to authenticate.', schema: { type: 'string', examples: ['Bearer'] } },
  Location: { description: 'The address of what was made.', schema: { type: 'string', format: 'uri-reference', examples: ['/api/users/0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] } },
  RateLimit: { description: 'What is left of the limit, and in how many seconds it begins anew. Absent where nothing is limited.', schema: { type: 'string', examples: ['"user";r=599;t=60'] } },
  RateLimitPolicy: { description: 'The limit that counts here: its quota and its window in seconds.', schema: { type: 'string', examples: ['"user";q=600;w=60'] } }
}
const header = (name: keyof typeof headers) => ({ $ref: `#/components/headers/${name}` })
const quota = { RateLimit: header('RateLimit'), 'RateLimit-Policy': header('RateLimitPolicy') }

const ofStatus: Record<number, Json> = {
  401: { 'WWW-Authenticate': header('WwwAuthenticate') },
  429: { 'Retry-After': header('RetryAfter'), ...quota },
  503: { 'Retry-After': header('RetryAfter') }
}

/** Says of each operation what it answers beside what its route declares, and what stands in the headers. */
export function describeAnswers (document: Json): void {
  const responses: Json = document['components'].responses = {}
  for (const [path, item] of Object.entries<Json>(document['paths'])) {
    for (const [method, operation] of Object.entries<Json>(item)) {
      // Where nobody has to say who they are, the document says so too.
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
    description: 'Which error it is. There may be more in later versions: treat one that you do not know by its status.',
    examples: ['BLF_VALIDATION']
  }
  for (const { properties } of [schemas.Problem, schemas.ErrorFrame.properties.payload]) properties.code = { $ref: `${COMPONENT}ErrorCode` }
}

/** Answers that come from before the route, or from the store below it. */
function addProblems (method: string, { responses, security }: Json): void {
  const added = [408, 431]
  if (method !== 'get' && security.length > 0) added.push(507)
  for (const status of added) responses[status] ??= { description: meaning[status], content: { [PROBLEM]: {} } }
}

/** Each error answer once, with an example for every code of its status. */
function shareProblems (operation: Json, responses: Json): void {
  for (const [status, response] of Object.entries<Json>(operation['responses'])) {
    if (!response['content']?.[PROBLEM]) continue
    const name = STATUS_CODES[status]!.replace(/\W/g, '')
    responses[name] ??= problemResponse(Number(status), response['description'])
    operation['responses'][status] = { $ref: `#/components/responses/${name}` }
  }
}

function problemResponse (status: number, description: string): Json {
  const examples = Object.entries(errorCodes).filter(([, [codeStatus]]) => codeStatus === status).map(([code, [, detail]]) => {
    const value = { type: 'about:blank', title: STATUS_CODES[status], status, detail, code, request_id: '0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d' }
    return [code, { summary: code, value: code === 'BLF_VALIDATION' ? { ...value, errors: [{ path: '/title', message: 'is required' }] } : value }]
  })
  return {
    description,
    ...(ofStatus[status] ? { headers: ofStatus[status] } : {}),
    content: { [PROBLEM]: { schema: { $ref: `${COMPONENT}Problem` }, examples: Object.fromEntries(examples) } }
  }
}

function addHeaders (path: string, { responses, security }: Json): void {
  for (const [status, response] of Object.entries<Json>(responses)) {
    if (response['$ref'] || !status.startsWith('2')) continue
    const named = { ...(path === '/api/users' && status === '201' ? { Location: header('Location') } : {}), ...(security.length > 0 ? quota : {}) }
    if (Object.keys(named).length > 0) response['headers'] = { ...response['headers'], ...named }
  }
}
