import AjvCompiler from '@fastify/ajv-compiler'
import { SerializerSelector, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import fp from 'fastify-plugin'
import type { TSchema } from '@sinclair/typebox'

export interface SchemasOptions { components: TSchema[] }

type BuildValidator = AjvCompiler.BuildCompilerFromPool

/** `x-normalize`, the keyword of names and user ids: texts are changed in place, before the other keywords look at them. */
const normalize = {
  keyword: 'x-normalize',
  type: 'string',
  schemaType: 'string',
  before: 'maxLength',
  modifying: true,
  errors: false,
  validate (form: string, text: string, _schema: unknown, { parentData, parentDataProperty }: Place): boolean {
    parentData[parentDataProperty] = text.normalize(form)
    return true
  }
}

interface Place { parentData: Record<string, unknown>, parentDataProperty: string }

const customOptions = {
  keywords: [normalize],
  removeAdditional: false,
  useDefaults: true,
  allErrors: true,
  // For saying which form of a union was meant.
  verbose: true,
  allowUnionTypes: true,
  coerceTypes: false
}

/** Ajv takes types as they are ("1" is no number); only a query string, which is text anyway, is read first. */
export const buildValidator: BuildValidator = (externalSchemas, options) => {
  const compile = AjvCompiler()(externalSchemas, { ...options, mode: undefined, customOptions } as never) as (route: never) => Validate
  return ((route: Route) => {
    const validate = compile(route as never)
    return route.httpPart === 'querystring' ? readingText(validate, route.schema.properties) : validate
  }) as never
}

interface Route { httpPart?: string, schema: { properties?: Record<string, { type?: string }> } }
interface Validate { (values: Record<string, unknown>): boolean, errors?: unknown }

/** Ajv's own coercion would take "0x10" and " 7" for numbers, which no document calls so. */
function readingText (validate: Validate, properties: Route['schema']['properties'] = {}): Validate {
  const reading: Validate = values => {
    for (const [name, { type }] of Object.entries(properties)) values[name] = ofText(type, values[name])
    const isValid = validate(values)
    reading.errors = validate.errors
    return isValid
  }
  return reading
}

function ofText (type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^-?(0|[1-9]\d*)$/.test(text)) return Number(text)
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}

/**
 * Answers are filtered by their schemas. Errors are rendered in one place, in one shape: compiling a
 * serializer for each status of each route would be most of a start.
 */
export const buildSerializer: SerializerFactory = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options)
  return route => Number(route.httpStatus) >= 400 ? JSON.stringify : compile(route)
}

/** Registers every schema that others refer to. */
export default fp<SchemasOptions>(async (app, { components }) => {
  for (const schema of components) app.addSchema(schema)
}, { name: 'schemas', fastify: '5.x' })
