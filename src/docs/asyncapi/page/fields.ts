import { inWords } from '../../../../schemas/patterns.ts'
import { COMPONENT, type Json } from '../../document.ts'
import { escape, inline, markdown } from './text.ts'

/** Where the fields stand: `root` leads to the root of the server, `schemas` are the components. */
export interface Context { root: string, schemas: Json }

const code = (text: string) => `<code>${escape(text)}</code>`
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

/** The name of a component that a schema refers to. */
const nameOf = ({ $ref }: Json): string | undefined => $ref?.slice(COMPONENT.length)

/** What kind of value a schema describes, in a few words. */
function kindOf (schema: Json): string {
  const name = nameOf(schema)
  if (name !== undefined) return `<a href="#schema-${name}">${name}</a>`
  if ('const' in schema) return code(JSON.stringify(schema['const']))
  if (schema['enum']) return 'string'
  if (schema['type'] === 'array') return `array of ${kindOf(schema['items'])}`
  const variants: Json[] | undefined = schema['anyOf']
  if (variants) {
    const kinds = new Set(variants.map(kindOf))
    return kinds.size > 1 ? [...kinds].join(' or ') : [...kinds][0]!
  }
  const type = [schema['type'] ?? 'any'].flat().join(' or ')
  return schema['format'] === 'date-time' ? `${type}, RFC 3339` : type
}

function range (least: number | undefined, most: number | undefined, word?: string): string[] {
  if (least === undefined && most === undefined) return []
  const unit = (count: number) => word === undefined ? String(count) : plural(count, word)
  if (most === undefined) return [`at least ${unit(least!)}`]
  return [least === undefined || least === 0 ? `at most ${unit(most)}` : `${least} to ${unit(most)}`]
}

/** What a value must satisfy beside its kind. */
function limitsOf (schema: Json): string {
  const limits = [
    ...range(schema['minimum'], schema['maximum']),
    ...range(schema['minLength'], schema['maxLength'], 'character'),
    ...range(schema['minItems'], schema['maxItems'], 'item')
  ]
  const pattern = schema['x-pattern'] ?? schema['pattern']
  const words = pattern === undefined ? undefined : inWords(pattern)
  if (words !== undefined) limits.push(escape(words.replace(/^must be /, '')))
  if (schema['enum'] && schema['enum'].length <= 12) limits.push(`one of ${schema['enum'].map(code).join(', ')}`)
  return limits.length === 0 ? '' : ` <span class="limits">${limits.join('; ')}</span>`
}

/** One field: its name, kind and meaning, and, if it is an object, its own fields. */
function field (name: string, schema: Json, isRequired: boolean, context: Context): string {
  const description = schema['description'] === undefined ? '' : markdown(schema['description'], context)
  const need = isRequired ? '' : ' <span class="optional">optional</span>'
  return `<li><div class="head"><strong>${escape(name)}</strong> <span class="kind">${kindOf(schema)}</span>${need}${limitsOf(schema)}</div>${description}${inner(schema, context)}</li>`
}

/** The fields of a component that a frame consists of, to be opened where they are read. */
function unfolded (schema: Json, context: Context): string {
  const name = nameOf(schema)!
  return `<details><summary>Fields of ${name}</summary>${schemaBody(context.schemas[name], context)}</details>`
}

/** The fields of a frame, with those of its payload. */
export function frameFields ({ properties, required }: Json, context: Context): string {
  return `<ul class="fields">${Object.entries<Json>(properties).map(([name, each]) => {
    return field(name, each, required.includes(name), context).replace(/<\/li>$/, `${name === 'payload' && each['$ref'] ? unfolded(each, context) : ''}</li>`)
  }).join('')}</ul>`
}

/** The fields of what is written out inside a schema: of an object, of the items of a list, of each variant. */
function inner (schema: Json, context: Context): string {
  if (schema['$ref']) return ''
  if (schema['type'] === 'array') return `${limitsOfItems(schema['items'])}${inner(schema['items'], context)}`
  const variants: Json[] = (schema['anyOf'] ?? []).filter((variant: Json) => variant['properties'])
  if (variants.length > 0) {
    return `<ul class="variants">${variants.map(variant => `<li><span class="variant">${variant['title'] ? escape(variant['title']) : 'Either'}</span>${variant['description'] ? ` ${inline(variant['description'], context.root)}` : ''}${fields(variant, context)}</li>`).join('')}</ul>`
  }
  return schema['properties'] ? fields(schema, context) : ''
}

const limitsOfItems = (items: Json) => limitsOf(items) === '' ? '' : `<div class="head each">each:${limitsOf(items)}</div>`

/** The fields of an object, as a list. */
export function fields (schema: Json, context: Context): string {
  const { properties = {}, required = [], additionalProperties } = schema
  const rest = additionalProperties === true ? '<li><div class="head"><span class="kind">any other field</span></div></li>' : ''
  return `<ul class="fields">${Object.entries<Json>(properties).map(([name, each]) => field(name, each, required.includes(name), context)).join('')}${rest}</ul>`
}

/** What a component is: its fields, or what is said of a value that has none. */
export function schemaBody (schema: Json, context: Context): string {
  if (schema['properties']) return fields(schema, context)
  if (schema['anyOf']) return inner(schema, context)
  return `<p class="head"><span class="kind">${kindOf(schema)}</span>${limitsOf(schema)}</p>`
}
