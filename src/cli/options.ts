import type { Static, TSchema } from '@sinclair/typebox'
import { buildValidator } from '../../plugins/http/schemas.ts'
import { isBelfryError } from '../errors.ts'
import { fieldErrors, type SchemaError } from '../http/field-errors.ts'

const compile = buildValidator({}, {} as never)

interface Validate {
  (value: object): boolean
  errors?: SchemaError[]
}

/** Validates a command's values as the API does. Throws an error that names every wrong option; returns names in NFC. */
export function validateOptions<T extends TSchema> (schema: T, value: object): Static<T> {
  const validate = compile({ schema, httpPart: 'body' } as never) as unknown as Validate
  if (validate(value)) return value as Static<T>
  const properties = schema['properties'] as Record<string, { description?: string }>
  const lines = fieldErrors(validate.errors!).map(({ path, message }) => {
    const { description = '' } = properties[path.split('/')[1]!] ?? {}
    return `${optionOf(path)}: ${message !== 'is required' && description.startsWith('must ') ? description : message}`
  })
  throw new Error([...new Set(lines)].join('; '))
}

/** The message of an error as one line; for a validation error of the API it names the wrong options. */
export function toOneLine (error: Error): string {
  const fields = isBelfryError(error) ? error.errors ?? [] : []
  const said = fields.length === 0 ? error.message : fields.map(({ path, message }) => `${optionOf(path)}: ${message}`).join('; ')
  return said.replaceAll(/\s*\n\s*/g, ' ')
}

/** `/scopes/0` is `--scope`, which may be given several times; `/expires_at` is `--expires-at`. */
function optionOf (path: string): string {
  const [, field = ''] = path.split('/')
  return `--${field.replace(/^scopes$/, 'scope').replaceAll('_', '-')}`
}
