import AjvCompiler from '@fastify/ajv-compiler'
import { SerializerSelector, type SerializerFactory } from '@fastify/fast-json-stringify-compiler'
import fp from 'fastify-plugin'
import type { TSchema } from '@sinclair/typebox'

export interface SchemasOptions { components: TSchema[] }

type BuildValidator = AjvCompiler.BuildCompilerFromPool

const common = { removeAdditional: false, useDefaults: true, allErrors: true, allowUnionTypes: true }

/**
 * Ajv for bodies takes types as they are ("1" is no number); only what comes as text anyway, query
 * strings and parameters, is coerced.
 */
export const buildValidator: BuildValidator = (externalSchemas, options) => {
  const compiler = AjvCompiler()
  const withTypes = (coerceTypes: boolean) => compiler(externalSchemas, {
    ...options, mode: undefined, customOptions: { ...common, coerceTypes }
  } as never)
  const exact = withTypes(false)
  const coercing = withTypes(true)
  const pick = (route: { httpPart?: string }) => route.httpPart === 'querystring' || route.httpPart === 'params' ? coercing : exact
  return ((route: never) => pick(route)(route)) as ReturnType<BuildValidator>
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
