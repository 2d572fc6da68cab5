import { bodies } from '../../schemas/examples.ts'
import { clientFrames } from '../../schemas/socket/client-frames.ts'
import type { Verb } from '../protocol/client-frames.ts'
import { serverFrames } from '../../schemas/socket/server-frames.ts'
import { describeAccess, verbRights } from '../rights/rights.ts'
import { OVERVIEW_PATH, SOCKET_PATH, STREAM_PATH } from '../protocol/endpoint.ts'
import { describeAnswers } from './answers.ts'
import { COMPONENT, type Json, type OpenApiDocument } from './document.ts'
import { mergeTemplates } from './paths.ts'
import { simplifyPatterns } from './patterns.ts'
import { FRAME_TAG, socketPath } from './socket.ts'

/** Completes the document that @fastify/swagger makes of the routes: adds what their schemas cannot say, and simplifies the rest. */
export function finish (document: OpenApiDocument): OpenApiDocument {
  document.paths[SOCKET_PATH] = structuredClone(socketPath)
  const schemas = document.components['schemas']!
  document.paths = mergeTemplates(document.paths)
  for (const operation of Object.values(document.paths).flatMap(item => Object.values(item))) {
    showBodies(operation, schemas)
    for (const parameter of operation['parameters'] ?? []) {
      moveExample(parameter)
      // A parameter that refers to a component takes over its description.
      parameter['description'] ??= schemas[parameter['schema'].$ref?.slice(COMPONENT.length)]?.description
    }
  }
  describeAnswers(document)
  // The route's own schema accepts any items, because it answers for each of them.
  schemas.Batch.properties.items.items = { $ref: `${COMPONENT}Send` }
  // A stream is text; what its events hold are frames.
  for (const [path, frames] of [[STREAM_PATH, ['ServerFrame', 'CloseFrame']], [OVERVIEW_PATH, ['OverviewFrame', 'TokenExpiringFrame', 'CloseFrame']]] as const) {
    document.paths[path]!['get']!.responses[200].content['text/event-stream'].schema.contentSchema = {
      anyOf: frames.map(name => ({ $ref: `${COMPONENT}${name}` }))
    }
  }
  simplifyPatterns(document)
  for (const [verb, { $id }] of Object.entries(clientFrames)) schemas[$id!].description += ` ${describeAccess(verbRights[verb as Verb])}`
  markUnion('ClientFrame', clientFrames, schemas)
  markUnion('ServerFrame', serverFrames, schemas)
  return document
}

/** Adds the named examples of a body, which forms offer as a choice. */
function showBodies ({ requestBody }: Json, schemas: Json): void {
  const media = requestBody?.content['application/json']
  if (!media?.schema.$ref) return
  const name = media.schema.$ref.slice(COMPONENT.length)
  const named: Json = bodies[name as keyof typeof bodies] ?? {}
  const examples = Object.keys(named).length > 0 ? named : { Example: schemas[name].examples?.[0] }
  media.examples = Object.fromEntries(Object.entries(examples).map(([summary, value]) => [summary.replace(/\W+/g, '-').toLowerCase(), { summary, value }]))
  // These routes take a request without a body as one with {}.
  if (['ReadAll', 'Logout', 'Refresh'].includes(name)) requestBody.required = false
}

/** Moves the example of an optional parameter to its schema, because forms would send it as the parameter's value. */
function moveExample (parameter: Json): void {
  if (parameter['required'] || parameter['example'] === undefined) return
  parameter['schema'].examples = [parameter['example']]
  delete parameter['example']
}

/** Names `type` as the discriminator of a union of frames, so that pages list the frames by it. */
function markUnion (name: string, frames: Record<string, { $id?: string }>, schemas: Json): void {
  const { anyOf, ...union } = schemas[name]
  const mapping = Object.fromEntries(Object.entries(frames).map(([type, { $id }]) => [type, `${COMPONENT}${$id}`]))
  schemas[name] = { ...union, oneOf: anyOf, discriminator: { propertyName: 'type', mapping } }
  for (const frame of [name, ...Object.values(frames).map(({ $id }) => $id!)]) schemas[frame]['x-tags'] = [FRAME_TAG]
}
