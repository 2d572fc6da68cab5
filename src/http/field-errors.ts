import type { FieldError } from '../protocol/error-codes.ts'
import { inWords } from '../../schemas/patterns.ts'

/** An error of Ajv, with its option `verbose`. */
export interface SchemaError {
  keyword: string
  instancePath: string
  schemaPath?: string
  params: Record<string, unknown>
  /** The name that is wrong, for an error below `propertyNames`. */
  propertyName?: string
  message?: string | undefined
  schema?: unknown
  data?: unknown
}

const MAX_FIELD_ERRORS = 20

/** Turns a validator's errors into one message for each wrong field, which says what the field must be. */
export function fieldErrors (errors: readonly SchemaError[], context?: string): FieldError[] {
  const prefix = context === undefined || context === 'body' ? '' : `/${context}`
  const byPath = new Map<string, FieldError>()
  for (const error of withoutUnions([...errors])) {
    const { additionalProperty, missingProperty, propertyName } = error.params
    const name = (additionalProperty ?? missingProperty ?? propertyName ?? error.propertyName) as string | undefined
    const path = `${prefix}${error.instancePath}${name === undefined ? '' : `/${name}`}` || '/'
    // The first error of a field wins: Ajv checks lengths before patterns, and a length says more. A list of the
    // allowed values says more still.
    if (!byPath.has(path) || ['const', 'enum'].includes(error.keyword)) byPath.set(path, { path, message: messageOf(error) })
  }
  return [...byPath.values()].slice(0, MAX_FIELD_ERRORS)
}

/**
 * Ajv lists what is wrong with every form of a union (`anyOf`). Keeps only the errors of the form that the caller
 * meant: for `{ users: [] }` as an audience that `users` must not be empty, not that `all` is missing.
 */
function withoutUnions (errors: SchemaError[]): SchemaError[] {
  const at = errors.findIndex(({ keyword }) => keyword === 'anyOf')
  const union = errors[at]
  if (!union) return errors
  const forms = (union.schema as object[]).map((_, index) => errors.filter(({ schemaPath = '' }) => schemaPath.startsWith(`${union.schemaPath}/${index}/`)))
  const others = errors.filter(error => error !== union && !forms.flat().includes(error))
  return [...withoutUnions(others), ...meantForm(union, forms)]
}

function meantForm (union: SchemaError, forms: SchemaError[][]): SchemaError[] {
  const say = (message: string): SchemaError[] => [{ ...union, keyword: 'union', params: {}, message }]
  const isObject = typeof union.data === 'object' && union.data !== null && !Array.isArray(union.data)
  if (!isObject) return say([...new Set(forms.flat().map(messageOf))].join(', or '))
  const fields = [...new Set((union.schema as { properties?: object }[]).flatMap(({ properties = {} }) => Object.keys(properties)))]
  // A form is meant if all its required fields are there.
  const meant = forms.filter(form => !form.some(({ keyword, instancePath }) => keyword === 'required' && instancePath === union.instancePath))
  const [best] = meant.sort((one, other) => unknownFieldsIn(one) - unknownFieldsIn(other))
  const needed = [...new Set((union.schema as { required?: string[] }[]).flatMap(({ required = [] }) => required))].join(', ')
  if (!best) return say(`must have one of these: ${needed}`)
  const isMixed = best.some(({ params }) => fields.includes(params['additionalProperty'] as string))
  return isMixed ? say(`must be of one form, not several at once: ${needed}`) : best
}

function unknownFieldsIn (form: SchemaError[]): number {
  return form.filter(({ keyword }) => keyword === 'additionalProperties').length
}

const count = (limit: unknown, unit: string) => `${String(limit)} ${unit}${limit === 1 ? '' : 's'}`
const types: Record<string, string> = {
  string: 'a text', integer: 'a whole number', number: 'a number', boolean: 'true or false', object: 'an object', array: 'a list', null: 'null'
}

function messageOf ({ keyword, params, message = 'is not valid' }: SchemaError): string {
  const { limit } = params
  switch (keyword) {
    case 'required': return 'is required'
    case 'additionalProperties': return 'is not a known field'
    case 'enum': return `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
    case 'const': return `must be ${JSON.stringify(params['allowedValue'])}`
    case 'type': return `must be ${[params['type']].flat().map(type => types[type as string]).join(' or ')}`
    case 'pattern': return inWords(params['pattern'] as string) ?? message
    case 'minLength': return limit === 1 ? 'must not be empty' : `must have at least ${count(limit, 'character')}`
    case 'maxLength': return `must have at most ${count(limit, 'character')}`
    case 'minItems': return limit === 1 ? 'must not be empty' : `must have at least ${String(limit)} entries`
    case 'maxItems': return `must have at most ${String(limit)} entries`
    case 'maxProperties': return `must have at most ${count(limit, 'field')}`
    case 'minProperties': return `must have at least ${limit === 1 ? 'one field' : `${String(limit)} fields`}`
    case 'uniqueItems': return 'must not have the same entry twice'
    case 'minimum': return `must be ${String(limit)} or more`
    case 'maximum': return `must be ${String(limit)} or less`
    default: return message
  }
}
