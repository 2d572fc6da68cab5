import { bodies } from '../../schemas/examples.ts'
import { clientFrames, type Verb } from '../../schemas/socket/client-frames.ts'
import { serverFrames } from '../../schemas/socket/server-frames.ts'
import { describeAccess, verbRights } from '../identity/rights.ts'
import { describeAnswers } from './answers.ts'
import { mergeTemplates } from './paths.ts'
import { simplifyPatterns } from './patterns.ts'
import { FRAME_TAG, socketPath } from './socket.ts'

type Json = Record<string, any>
export interface OpenApiDocument { paths: Record<string, Record<string, Json>>, components: Record<string, Json>, [key: string]: unknown }

const COMPONENT = '#/components/schemas/'

/** What the schemas of the routes cannot say, or say in too many words. */
export function finish (document: OpenApiDocument): OpenApiDocument {
  document.paths['/ws/notifications'] = structuredClone(socketPath)
  const schemas = document.components['schemas']!
  document.paths = mergeTemplates(document.paths)
  for (const operation of Object.values(document.paths).flatMap(item => Object.values(item))) {
    showBodies(operation, schemas)
    for (const parameter of operation['parameters'] ?? []) {
      leaveEmpty(parameter)
      // A parameter that is a component is described as it is.
      parameter['description'] ??= schemas[parameter['schema'].$ref?.slice(COMPONENT.length)]?.description
    }
  }
  describeAnswers(document)
  simplifyPatterns(document)
  for (const [verb, { $id }] of Object.entries(clientFrames)) schemas[$id!].description += ` ${describeAccess(verbRights[verb as Verb])}`
  markUnion('ClientFrame', clientFrames, schemas)
  markUnion('ServerFrame', serverFrames, schemas)
  return document
}

/** Bodies to choose from in forms, by name. */
function showBodies ({ requestBody }: Json, schemas: Json): void {
  const media = requestBody?.content['application/json']
  if (!media?.schema.$ref) return
  const name = media.schema.$ref.slice(COMPONENT.length)
  const named: Json = bodies[name as keyof typeof bodies] ?? {}
  const examples = Object.keys(named).length > 0 ? named : { Example: schemas[name].examples?.[0] }
  media.examples = Object.fromEntries(Object.entries(examples).map(([summary, value]) => [summary.replace(/\W+/g, '-').toLowerCase(), { summary, value }]))
  // These routes put {} in the place of no body.
  if (['ReadAll', 'Logout'].includes(name)) requestBody.required = false
}

/** The example of an optional parameter moves to its schema: in its place, forms would send it. */
function leaveEmpty (parameter: Json): void {
  if (parameter['required'] || parameter['example'] === undefined) return
  parameter['schema'].examples = [parameter['example']]
  delete parameter['example']
}

/** Says that `type` tells the frames of a union apart, so that pages offer them by it. */
function markUnion (name: string, frames: Record<string, { $id?: string }>, schemas: Json): void {
  const { anyOf, ...union } = schemas[name]
  const mapping = Object.fromEntries(Object.entries(frames).map(([type, { $id }]) => [type, `${COMPONENT}${$id}`]))
  schemas[name] = { ...union, oneOf: anyOf, discriminator: { propertyName: 'type', mapping } }
  for (const frame of [name, ...Object.values(frames).map(({ $id }) => $id!)]) schemas[frame]['x-tags'] = [FRAME_TAG]
}
