import type { TSchema } from '@sinclair/typebox'
import { components } from '../../../schemas/index.ts'
import { errorCodes } from '../../protocol/error-codes.ts'
import { COMPONENT, type Json } from '../document.ts'
import { simplifyPatterns } from '../patterns.ts'

const byId = new Map(components.map(schema => [schema.$id!, schema]))

/** A schema as the document has it: `$ref`s lead to components of the document, and `$id`s are gone. */
export function toJson (schema: TSchema): Json {
  const json = JSON.parse(JSON.stringify(schema), (key, value) => {
    if (key === '$ref' && typeof value === 'string') return COMPONENT + value.replace(/#$/, '')
    return value
  }) as Json
  delete json['$id']
  simplifyPatterns(json)
  return json
}

/** These schemas as components by name, and every component that they refer to. */
export function collect (schemas: TSchema[]): Record<string, Json> {
  const found: Record<string, Json> = {}
  const waiting = [...schemas]
  for (const schema of waiting) {
    if (schema.$id! in found) continue
    found[schema.$id!] = toJson(schema)
    waiting.push(...refsOf(schema).map(name => byId.get(name)!))
  }
  return found
}

/** The names of the components that a schema refers to. */
function refsOf (value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => key === '$ref' ? [(part as string).replace(/#$/, '')] : refsOf(part))
}

/** The codes of errors, with what each means. */
export const errorCode: Json = {
  type: 'string',
  enum: Object.keys(errorCodes),
  description: `Which error it is, as over REST. Later versions may have more: show the \`detail\` of an unknown one.

| code | meaning |
|---|---|
${Object.entries(errorCodes).map(([code, [, detail]]) => `| \`${code}\` | ${detail} |`).join('\n')}`,
  examples: ['BLF_VALIDATION']
}
