import { Validator } from '@seriousme/openapi-schema-validator'
import tap, { test } from 'tap'
import pkg from '../../package.json' with { type: 'json' }
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import { serverFrames } from '../../schemas/socket/server-frames.ts'
import { closeCodes, reconnecting } from '../../src/protocol/close-codes.ts'
import { errorCodes } from '../../src/protocol/error-codes.ts'
import { bearer, build, people } from '../helper.ts'
import { fetchDocument, operationsOf, resolve, valuesOf } from './document.ts'

const app = await build(tap)
const document = await fetchDocument(app)
const operations = operationsOf(document)

test('the document is valid OpenAPI 3.1', async t => {
  const response = await app.inject('/openapi.json')
  t.match(response.headers['content-type'], /^application\/json/)
  const validator = new Validator()
  t.strictSame(await validator.validate(response.json()), { valid: true })
  t.equal(validator.version, '3.1')
  t.equal(response.json().info.version, pkg.version)
})

test('every reference leads to a component of its own name', async t => {
  const refs = valuesOf(document, '$ref') as string[]
  t.ok(refs.length > 0)
  for (const $ref of new Set(refs)) {
    t.match($ref, /^#\/components\/(schemas|responses|headers)\/[A-Z][A-Za-z]+$/)
    t.ok(resolve(document, { $ref }), `${$ref} exists`)
  }
  t.strictSame(valuesOf(document, '$id'), [])
  t.strictSame(Object.keys(document['components'].schemas).filter(name => /^def-/.test(name)), [])
})

test('every operation says what it is, what it answers and what it wants', async t => {
  const tags = document['tags'].map(({ name }: { name: string }) => name)
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'names are unique')

  for (const operation of operations) {
    const { method, path, operationId, summary, responses } = operation
    t.test(`${method} ${path}`, async t => {
      t.match(operationId, /^[a-z][A-Za-z]+$/)
      t.match(summary, /^[A-Z].*[^.]$/)
      t.ok(operation.tags.length > 0 && operation.tags.every(tag => tags.includes(tag)), 'has tags that are described')
      t.notMatch(path, /.\/$/)

      const statuses = Object.keys(responses)
      t.ok(statuses.some(status => /^[12]/.test(status)), 'has an answer for when all goes well')
      t.ok(['429', '500', '503'].every(status => statuses.includes(status)))
      for (const status of statuses.filter(status => /^[45]/.test(status))) {
        const { description, content } = resolve(document, responses[status])
        t.ok(description)
        const { schema, examples } = content['application/problem+json']
        t.equal(schema.$ref, '#/components/schemas/Problem')
        t.ok(Object.values<any>(examples).every(({ value }) => value.status === Number(status)), 'its examples are of that status')
      }

      const url = path.replace(/\{\w+\}/g, 'some')
      const anonymous = await app.inject({ method: method as 'GET', url })
      t.ok(operation['description'], 'has a description')
      t.ok(Array.isArray(operation['security']), 'says whether it wants credentials')
      t.ok(['408', '431'].every(status => statuses.includes(status)))
      const isGuarded = operation['security'].length > 0 && operation['security'].every((scheme: object) => Object.keys(scheme).length > 0)
      if (isGuarded && method !== 'get') t.ok(statuses.includes('507'))
      t.ok(statuses.includes(String(anonymous.statusCode)), `${anonymous.statusCode} is among its answers`)
      t.equal(anonymous.statusCode === 401, isGuarded, 'security is named where credentials are asked for')
      if (isGuarded) t.ok(statuses.includes('401'))
      // A body that nobody asked for is read all the same.
      if (method !== 'get') t.ok(['400', '413', '415'].every(status => statuses.includes(status)))
      for (const parameter of operation['parameters'] ?? []) t.ok(parameter.description, `${parameter.name} is described`)
    })
  }
})

test('the document has every call of the contract', async t => {
  const calls = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  const contract = [
    'DELETE /api/broadcast/{notification_id}',
    'DELETE /api/keys/{key_id}',
    'DELETE /api/notifications/{id}',
    'DELETE /api/users/{user_id}',
    'GET /api/auth/me',
    'GET /api/keys',
    'GET /api/notifications/{id}',
    'GET /api/notifications/{user_id}/unread-count',
    'GET /api/sent',
    'GET /api/sent/{notification_id}',
    'GET /api/users',
    'GET /api/users/{user_id}',
    'GET /healthz',
    'GET /metrics',
    'GET /readyz',
    'GET /sse/notifications',
    'GET /sse/overview',
    'GET /api/overview',
    'GET /ws/notifications',
    'PATCH /api/users/{user_id}',
    'POST /api/auth/login',
    'POST /api/auth/logout',
    'POST /api/auth/refresh',
    'POST /api/auth/ticket',
    'POST /api/broadcast/company/{company}',
    'POST /api/broadcast/company/{company}/role/{role}',
    'POST /api/broadcast/role/{role}',
    'POST /api/keys',
    'POST /api/notifications/batch',
    'POST /api/notifications/mark',
    'POST /api/notifications/read-all',
    'POST /api/notifications/seen',
    'POST /api/notifications/send',
    'POST /api/notifications/{notification_id}/actions/{action_id}',
    'POST /api/notifications/{notification_id}/restore',
    'POST /api/users',
    'PUT /api/notifications/{notification_id}/archive',
    'PUT /api/notifications/{notification_id}/read',
    'PUT /api/notifications/{notification_id}/unarchive',
    'PUT /api/notifications/{notification_id}/unread'
  ]
  for (const call of contract) t.ok(calls.includes(call), call)
})

test('every request example is taken', async t => {
  for (const { method, path, operationId, requestBody, parameters = [] } of operations) {
    if (!requestBody) continue
    const examples = Object.entries<any>(requestBody.content['application/json'].examples)
    t.ok(examples.length > 0, `${operationId} has one`)
    for (const [name, { summary, value }] of examples) {
      const url = parameters.reduce((url: string, { in: place, name, example }: any) => place === 'path' ? url.replace(`{${name}}`, example) : url, path)
      // The cursor of an example is of another log.
      const payload = 'cursor' in value ? { ...value, cursor: `${app.store.epoch}.0` } : value
      const { statusCode, body } = await app.inject({ method: method.toUpperCase() as 'POST', url, payload, headers: bearer(people.root) })
      t.ok(summary)
      t.notOk([400, 413, 415, 500].includes(statusCode), `${operationId}, ${name}: ${statusCode} ${body}`)
    }
  }
})

test('every frame is a component, and the two unions tell them apart by type', async t => {
  const { schemas } = document['components']
  for (const [union, frames] of [['ClientFrame', clientFrames], ['ServerFrame', serverFrames]] as const) {
    const names = Object.values(frames).map(({ $id }) => $id!)
    for (const [type, { $id }] of Object.entries(frames)) t.strictSame(schemas[$id!].properties.type.enum, [type])
    t.strictSame(schemas[union].oneOf, names.map(name => ({ $ref: `#/components/schemas/${name}` })))
    t.strictSame(Object.keys(schemas[union].discriminator.mapping), Object.keys(frames))
  }
})

test('the document explains every error and every close code', async t => {
  for (const code of Object.keys(errorCodes)) t.ok(document['info'].description.includes(`\`${code}\``), code)
  const { description } = document['paths']['/ws/notifications'].get
  for (const [code, { reason, reconnect }] of Object.entries(closeCodes)) t.ok(description.includes(`| ${code} | ${reason} | ${reconnecting[reconnect]} |`), code)
  t.match(description, /1006.*GET \/api\/auth\/me/s, 'and how a refused upgrade is told from a lost network')
})

test('no two paths are the same but for the names of their parameters', async t => {
  const paths = Object.keys(document['paths']).map(path => path.replaceAll(/\{\w+\}/g, '{}'))
  t.equal(new Set(paths).size, paths.length)
  const { get, delete: remove } = document['paths']['/api/notifications/{id}']
  for (const { parameters } of [get, remove]) t.match(parameters.find((parameter: { in: string }) => parameter.in === 'path'), { name: 'id' })
})

test('headers stand where they come', async t => {
  const of = (operation: Record<string, any>, status: string) => Object.keys(resolve(document, operation['responses'][status])['headers'] ?? {})
  const { get, post } = document['paths']['/api/users']
  t.strictSame(of(get, '401'), ['WWW-Authenticate'])
  t.strictSame(of(get, '429'), ['Retry-After', 'RateLimit', 'RateLimit-Policy'])
  t.strictSame(of(get, '503'), ['Retry-After'])
  t.strictSame(of(get, '200'), ['RateLimit', 'RateLimit-Policy'])
  t.strictSame(of(post, '201'), ['Location', 'RateLimit', 'RateLimit-Policy'])
})

test('codes of errors are an enum, dry runs types of their own, forms of an audience titled', async t => {
  const { schemas } = document['components']
  t.strictSame(schemas.ErrorCode.enum, Object.keys(errorCodes))
  t.strictSame(schemas.Problem.properties.code, { $ref: '#/components/schemas/ErrorCode' })
  t.strictSame(schemas.SendResult.anyOf, [{ $ref: '#/components/schemas/Sent' }, { $ref: '#/components/schemas/SendDryRun' }])
  t.strictSame(schemas.BroadcastResult.anyOf, [{ $ref: '#/components/schemas/Broadcasted' }, { $ref: '#/components/schemas/BroadcastDryRun' }])
  t.strictSame(schemas.Audience.anyOf.map(({ title }: { title: string }) => title), ['Everyone', 'Users', 'Companies', 'Roles', 'Groups'])
})
