import fc, { type Arbitrary } from 'fast-check'
import { lossyNumbers } from '../../src/protocol/numbers.ts'
import { resolve } from '../docs/document.ts'

type Schema = Record<string, any>
/** Values that exist in the world under test, by the name of the field they belong in. */
export type Live = Record<string, readonly unknown[]>

/** Makes arbitraries of what the document's schemas call valid. */
export function valuesFrom (document: Record<string, any>, live: Live) {
  function values (given: Schema, name = ''): Arbitrary<any> {
    const schema = resolve(document, given)
    const any = fc.oneof(...choicesOf(schema))
    const isPlain = schema['type'] === undefined || schema['type'] === 'string' || schema['type'] === 'integer' || schema['type'].includes?.('string')
    const known = isPlain || live[name]?.some(value => typeof value === 'object') ? live[name] : undefined
    return known ? fc.oneof({ weight: isPlain ? 3 : 30, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: any }) : any
  }

  function choicesOf (schema: Schema): Arbitrary<unknown>[] {
    const alternatives = schema['anyOf'] ?? schema['oneOf']
    if (alternatives) return alternatives.map((one: Schema) => values(one))
    if ('const' in schema) return [fc.constant(schema['const'])]
    if (schema['enum']) return [fc.constantFrom(...schema['enum'])]
    return [schema['type']].flat().map(type => typed(schema, type))
  }

  function typed (schema: Schema, type: string): Arbitrary<unknown> {
    switch (type) {
      case 'null': return fc.constant(null)
      case 'boolean': return fc.boolean()
      case 'integer': return fc.integer({ min: schema['minimum'] ?? -1000, max: schema['maximum'] ?? 1000 })
      case 'string': return texts(schema)
      case 'array': return list(schema)
      case 'object': return object(schema)
      default: throw new Error(`no values for ${JSON.stringify(schema)}`)
    }
  }

  function list ({ items, minItems = 0, maxItems = 10, uniqueItems }: Schema): Arbitrary<unknown[]> {
    const [minLength, maxLength] = [minItems, Math.min(maxItems, minItems + 6)]
    const item = values(items, items['x-name'])
    return uniqueItems ? fc.uniqueArray(item, { minLength, maxLength }) : fc.array(item, { minLength, maxLength })
  }

  function object ({ properties = {}, required = [], additionalProperties, minProperties = 0 }: Schema): Arbitrary<object> {
    const fields = Object.fromEntries(Object.entries<Schema>(properties).map(([name, schema]) => {
      // A list is named as its entries are.
      const named = schema['items'] ? { ...schema, items: { ...resolve(document, schema['items']), 'x-name': name } } : schema
      return [name, values(named, name)]
    }))
    const known = minProperties === 0 ? fc.record(fields, { requiredKeys: required }) : fewOf(fields)
    const more = additionalProperties === true ? fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: free }) : fc.constant({})
    return fc.tuple(more, known).map(([more, known]) => merge(more, known)).filter(value => Object.keys(value).length >= minProperties)
  }

  return values
}

/** Where any fields will do, such as those to change, a few of them: of many, one is nearly always refused, and all with it. */
function fewOf (fields: Record<string, Arbitrary<unknown>>): Arbitrary<object> {
  const names = Object.keys(fields)
  return fc.subarray(names, { minLength: 1, maxLength: Math.min(3, names.length) }).chain(some => fc.record(Object.fromEntries(some.map(name => [name, fields[name]!]))))
}

/** JSON.stringify writes some doubles beyond 2^53 as whole numbers, which are not taken. */
const hasSafeNumbers = (value: object) => lossyNumbers(JSON.stringify(value)).length === 0

const free = fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), { maxKeys: 4 }).filter(hasSafeNumbers)
const anything = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }))

function texts ({ pattern, minLength = 0, maxLength = 10_000, examples = [] }: Schema): Arbitrary<string> {
  const shape = pattern === undefined ? undefined : new RegExp(pattern, 'u')
  // Without what it rules out first; a name within another pattern is one of letters, for others cannot be made.
  const form = pattern?.replaceAll(/\(\?<?[!=](?:[^()]|\([^()]*\))*\)/g, '').replaceAll(/(?<!^)\[\^\\p.*?\]\+/g, '[a-z]+') ?? ''
  const isValid = (text: string) => [...text].length >= minLength && [...text].length <= maxLength && (shape?.test(text) ?? true)
  // Nearly every text matches what only leaves characters out; of other patterns texts are made.
  const isLoose = shape === undefined || form.startsWith('^[^')
  const longest = ['x', '9', '🙂', 'ß'].map(unit => unit.repeat(maxLength))
  const edges = [...examples, ...longest, 'x'.repeat(minLength)].filter(isValid)
  const made = (isLoose ? anything : fc.stringMatching(new RegExp(form, 'u'))).filter(isValid)
  return edges.length > 0 ? fc.oneof({ weight: 3, arbitrary: made }, { weight: 1, arbitrary: fc.constantFrom(...edges) }) : made
}

/** As `{...a, ...b}`, but a field named __proto__ stays one. */
function merge (a: object, b: object): object {
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(a), ...Object.getOwnPropertyDescriptors(b) })
}
