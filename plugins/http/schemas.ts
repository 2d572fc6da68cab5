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

// One for all scopes of an application, and for all applications of a process: compiling is most of a start.
const buildOne = AjvCompiler()
/** By the schema that was added last: the text of all of them is long, and each scope asks. */
const compilers = new WeakMap<object, Compile>()

/**
 * Validates without type coercion ("1" is not a number), except for query strings, whose values are parsed first.
 * Compiles when a route is first asked: compiling all of them would be half of a start.
 */
export const buildValidator: BuildValidator = (externalSchemas, options) => {
  const last = Object.values(externalSchemas as Record<string, object>).at(-1) ?? {}
  const compile: Compile = route => {
    const one = compilers.get(last) ?? buildOne(externalSchemas, { ...options, mode: undefined, customOptions } as never) as unknown as Compile
    compilers.set(last, one)
    return one(route)
  }
  return (route => compiledLater(compile, route)) as Compile as never
}

interface Route { httpPart?: string, schema: { properties?: Record<string, { type?: string }> } }
type Compile = (route: Route) => Validate
interface Validate { (values: Record<string, unknown>): boolean, errors?: unknown }

function compiledLater (compile: Compile, route: Route): Validate {
  const texts = route.httpPart === 'querystring' ? Object.entries(route.schema.properties ?? {}) : []
  let compiled: Validate | undefined
  const validate: Validate = values => {
    compiled ??= compile(route)
    // Ajv's own coercion would accept "0x10" and " 7" as numbers.
    for (const [name, { type }] of texts) values[name] = parseText(type, values[name])
    const isValid = compiled(values)
    validate.errors = compiled.errors
    return isValid
  }
  return validate
}

function parseText (type: string | undefined, text: unknown): unknown {
  if (typeof text !== 'string') return text
  if (type === 'integer' && /^-?(0|[1-9]\d*)$/.test(text)) return Number(text)
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}

const serializing = SerializerSelector()
/** By the text of a schema and of all that it refers to. */
const serializers = new Map<string, Serialize>()

type Serialize = ReturnType<ReturnType<SerializerFactory>>

/**
 * Serializers that keep only the fields of the response schema, each compiled when first needed, and not from all
 * schemas, which would all be walked through, but from those that it refers to. Errors use JSON.stringify: they are
 * rendered in one place.
 */
export const buildSerializer: SerializerFactory = (externalSchemas, options) => route => {
  if (Number(route.httpStatus) >= 400) return JSON.stringify
  let compiled: Serialize | undefined
  return document => {
    compiled ??= compile()
    return compiled(document)
  }

  function compile (): Serialize {
    const needed = referredBy(route.schema, externalSchemas as Record<string, unknown>)
    const key = JSON.stringify([route.schema, needed])
    const serialize = serializers.get(key) ?? serializing(needed, options)(route)
    serializers.set(key, serialize)
    return serialize
  }
}

/** The schemas that one refers to, and those that they refer to. */
function referredBy (schema: unknown, all: Record<string, unknown>, found: Record<string, unknown> = {}): Record<string, unknown> {
  for (const [, name] of JSON.stringify(schema).matchAll(/"\$ref":"([^"#]+)/g)) {
    if (name! in found || !(name! in all)) continue
    found[name!] = all[name!]
    referredBy(all[name!], all, found)
  }
  return found
}

/** Registers every schema that has an `$id`, so that others can refer to it. */
export default fp<SchemasOptions>(async (app, { components }) => {
  for (const schema of components) app.addSchema(schema)
}, { name: 'schemas', fastify: '5.x' })
