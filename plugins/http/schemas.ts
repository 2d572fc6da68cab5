import AjvCompiler from '@fastify/ajv-compiler'
import { SerializerSelector, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import fp from 'fastify-plugin'
import type { TSchema } from '@sinclair/typebox'

export interface SchemasOptions { components: TSchema[] }

type BuildValidator = AjvCompiler.BuildCompilerFromPool

/** The keyword `x-normalize` of names and user ids. It replaces a string by its Unicode normalization form before other keywords check it. */
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
  // `fieldErrors` needs the values to find out which variant of a union was meant.
  verbose: true,
  allowUnionTypes: true,
  coerceTypes: false
}

/** Validates without type coercion ("1" is not a number), except for query strings, whose values are parsed first. */
export const buildValidator: BuildValidator = (externalSchemas, options) => {
  const compile = AjvCompiler()(externalSchemas, { ...options, mode: undefined, customOptions } as never) as (route: never) => Validate
  return ((route: Route) => {
    const validate = compile(route as never)
    return route.httpPart === 'querystring' ? parsingText(validate, route.schema.properties) : validate
  }) as never
}

interface Route { httpPart?: string, schema: { properties?: Record<string, { type?: string }> } }
interface Validate { (values: Record<string, unknown>): boolean, errors?: unknown }

/** Parses the values of a query string before they are validated. Ajv's own coercion would accept "0x10" and " 7" as numbers. */
function parsingText (validate: Validate, properties: Route['schema']['properties'] = {}): Validate {
  const parsing: Validate = values => {
    for (const [name, { type }] of Object.entries(properties)) values[name] = parseText(type, values[name])
    const isValid = validate(values)
    parsing.errors = validate.errors
    return isValid
  }
  return parsing
}

function parseText (type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^-?(0|[1-9]\d*)$/.test(text)) return Number(text)
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}

/**
 * Serializers that keep only the fields of the response schema. Errors use JSON.stringify: they are rendered in one
 * place, and compiling a serializer for each error status of each route would be most of the startup time.
 */
export const buildSerializer: SerializerFactory = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options)
  return route => Number(route.httpStatus) >= 400 ? JSON.stringify : compile(route)
}

/** Registers every schema that has an `$id`, so that others can refer to it. */
export default fp<SchemasOptions>(async (app, { components }) => {
  for (const schema of components) app.addSchema(schema)
}, { name: 'schemas', fastify: '5.x' })
