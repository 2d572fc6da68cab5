import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import schema from '@asyncapi/specs/schemas/3.1.0.json' with { type: 'json' }
import tap, { test } from 'tap'
import pkg from '../../../package.json' with { type: 'json' }
import { clientFrames } from '../../../schemas/socket/client-frames.ts'
import { OverviewFrame } from '../../../schemas/overview.ts'
import { CloseFrame } from '../../../schemas/socket/stream.ts'
import { serverFrames } from '../../../schemas/socket/server-frames.ts'
import { errorCodes } from '../../../src/protocol/error-codes.ts'
import { build } from '../../helper.ts'
import { resolve, valuesOf } from '../document.ts'

type Json = Record<string, any>

const app = await build(tap)
const response = await app.inject('/asyncapi.json')
const document: Json = response.json()
/** Those of sockets, and the ones that only streams have. */
const ofSockets = { ...clientFrames, ...serverFrames }
const frames = { ...ofSockets, close: CloseFrame, overview: OverviewFrame }

/** Checks values by the document's own schemas. */
const ajv = new Ajv({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema({ ...document, $id: 'document' })
const check = ($ref: string, value: unknown) => {
  const validate = ajv.compile({ $ref: `document${$ref}` })
  return validate(value) ? [] : validate.errors
}

const official = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false })
formats.default(official)
const isAsyncApi = official.compile(schema)

test('the document is valid AsyncAPI 3.1, without and with a public URL', async t => {
  t.match(response.headers['content-type'], /^application\/json/)
  t.equal(document['asyncapi'], '3.1.0')
  t.equal(document['info'].version, pkg.version)
  const prefixed: Json = (await (await build(t, { PUBLIC_URL: 'https://example.com/belfry' })).inject('/asyncapi.json')).json()
  for (const each of [document, prefixed]) {
    t.ok(isAsyncApi(each))
    t.strictSame(isAsyncApi.errors ?? [], [])
  }
  t.match(prefixed['servers'].socket, { host: 'example.com', pathname: '/belfry', protocol: 'wss' })
  t.match(document['servers'].socket, { host: '{host}', protocol: 'ws', variables: { host: { default: 'localhost:8000' } } })
  t.notOk(isAsyncApi({ ...document, operations: { read: { action: 'answer', channel: { $ref: '#/channels/notifications' } } } }), 'and the check finds what is wrong')
})

test('every reference leads somewhere', async t => {
  const refs = valuesOf(document, '$ref') as string[]
  for (const $ref of new Set(refs)) t.ok(resolve(document, { $ref }), $ref)
  t.strictSame(valuesOf(document, '$id'), [])
  t.notMatch(JSON.stringify(document), /"pattern":"[^"]*\\p\{/, 'nor needs a regular expression engine with Unicode properties')
})

test('every frame is a message of the socket with its schema, described, and every message a frame', async t => {
  const { messages, schemas } = document['components']
  t.strictSame(Object.keys(messages).sort(), Object.keys(frames).sort())
  t.strictSame(Object.keys(document['channels'].notifications.messages).sort(), Object.keys(ofSockets).sort())
  t.strictSame(Object.keys(document['channels'].overview.messages).sort(), ['close', 'overview', 'token.expiring'])
  for (const type of Object.keys(document['channels'].stream.messages)) t.ok(type in serverFrames || type === 'close', type)
  for (const [type, { $id }] of Object.entries(frames)) {
    const { name, summary, description, payload } = messages[type]
    t.equal(name, type)
    t.match(summary, /^[A-Z].*[.]$/, type)
    t.ok(description.length >= summary.length)
    t.strictSame(payload, { $ref: `#/components/schemas/${$id}` })
    t.equal(schemas[$id!].properties.type.const, type)
  }
})

test('every example is valid, and there is one of every message', async t => {
  const { messages, schemas } = document['components']
  for (const [type, { payload, examples }] of Object.entries<Json>(messages)) {
    t.ok(examples.length > 0, type)
    t.equal(new Set(examples.map(({ name }: Json) => name)).size, examples.length)
    for (const { summary, payload: example } of examples) {
      t.ok(summary)
      t.equal(example.type, type)
      t.strictSame(check(payload.$ref, example), [], `${type}: ${summary}`)
    }
  }
  for (const [name, { examples = [] }] of Object.entries<Json>(schemas)) {
    for (const example of examples) t.strictSame(check(`#/components/schemas/${name}`, example), [], name)
  }
  t.notSame(check('#/components/schemas/ReadFrame', { type: 'read', payload: { ids: [] } }), [], 'and the check finds what is wrong')
  const variants = schemas.OkFrame.properties.payload.anyOf.length
  t.equal(messages.ok.examples.length, variants, 'of `ok` one for each of its payloads')
})

test('every message is sent or received by an operation, and every request has its answers', async t => {
  const typeOf = ({ $ref }: Json) => /^#\/channels\/\w+\/messages\/(.+)$/.exec($ref)![1]!
  const operations = Object.values<Json>(document['operations'])
  const of = (action: string) => operations.filter(operation => operation['action'] === action)
  t.strictSame(of('receive').flatMap(({ messages }) => messages.map(typeOf)).sort(), Object.keys(clientFrames).sort())
  const sent = [...of('send').flatMap(({ messages }) => messages), ...of('receive').flatMap(({ reply }) => reply.messages)].map(typeOf)
  t.strictSame([...new Set(sent)].sort(), Object.keys(frames).filter(type => !(type in clientFrames)).sort())
  for (const { channel, messages } of operations) {
    for (const message of messages) t.ok(message.$ref.startsWith(`${channel.$ref}/messages/`) && resolve(document, message), message.$ref)
  }
  const streamed = operations.filter(({ channel }) => channel.$ref === '#/channels/stream').flatMap(({ messages }) => messages.map(typeOf))
  t.strictSame(streamed.sort(), Object.keys(document['channels'].stream.messages).sort())
  const { messages, correlationIds } = document['components']
  t.match(correlationIds, { request: { location: '$message.payload#/id' }, reply: { location: '$message.payload#/reply_to' } })
  for (const { messages: [request], reply } of of('receive')) {
    t.equal(messages[typeOf(request)].correlationId.$ref, '#/components/correlationIds/request')
    for (const answer of reply.messages) t.equal(messages[typeOf(answer)].correlationId.$ref, '#/components/correlationIds/reply', typeOf(answer))
  }
  for (const [name, { title, summary }] of Object.entries<Json>(document['operations'])) {
    t.match(name, /^[a-z][A-Za-z]+$/, 'generators make functions of the names')
    t.ok(title && summary)
  }
})

test('it says how to authenticate, what the query may have, and what each error means', async t => {
  const { security } = document['servers'].socket
  t.strictSame(security.map(({ $ref }: Json) => $ref.split('/').at(-1)), ['bearer', 'subprotocol', 'ticket'])
  t.strictSame(document['servers'].stream.security.map(({ $ref }: Json) => $ref.split('/').at(-1)), ['bearer', 'ticket'])
  for (const { query } of [document['channels'].notifications.bindings.ws, document['operations'].openStream.bindings.http]) {
    t.strictSame(Object.keys(query.properties), ['since', 'topics', 'ticket', 'device'])
  }
  for (const code of Object.keys(errorCodes)) t.ok(document['components'].schemas.ErrorCode.description.includes(`\`${code}\``), code)
})
