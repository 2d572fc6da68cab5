import { Type, type Static, type TSchema } from '@sinclair/typebox'

/**
 * A `$ref` to a schema that is registered by its `$id`, with the type of that schema.
 * The document then has one component for it instead of many copies.
 */
export function refTo<T extends TSchema> (schema: T) {
  if (schema.$id === undefined) throw new TypeError('refTo needs a schema with an $id')
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` })
}

/** `T` or null, as JSON Schema 2020-12 writes it: `type: ['string', 'null']`. */
export function nullable<T extends TSchema> (schema: T) {
  const choices = schema['enum'] && { enum: [...schema['enum'], null] }
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema['type'], 'null'], ...choices })
}
