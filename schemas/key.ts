import { Type, type Static } from '@sinclair/typebox'
import { Id, Name, Timestamp } from './primitives.ts'
import { nullable, refTo } from './ref.ts'

const Scope = Type.String({
  maxLength: 160,
  pattern: '^(inbox:read|send:all|send:company:[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]{1,128}|users:write|metrics:read)$',
  description: '`inbox:read`, `send:all`, `send:company:<company>`, `users:write` or `metrics:read`.',
  examples: ['send:company:company_a']
})
const properties = {
  id: Id(),
  name: Name({ examples: ['billing backend'] }),
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 20, uniqueItems: true })
}

export const NewKey = Type.Object({ name: properties.name, scopes: properties.scopes }, {
  $id: 'NewKey', additionalProperties: false, examples: [{ name: 'billing backend', scopes: ['send:company:company_a'] }]
})
export type NewKey = Static<typeof NewKey>
export const NewKeyRef = refTo(NewKey)

export const Key = Type.Object({
  ...properties,
  created_at: Timestamp(),
  last_used_at: nullable(Timestamp({ description: 'To the hour.' }))
}, { $id: 'Key', description: 'An API key, without the key.' })
export const KeyRef = refTo(Key)

export const CreatedKey = Type.Object({
  ...Key.properties,
  key: Type.String({ description: 'The key itself, shown only now: `Authorization: Bearer blf_…`.' })
}, { $id: 'CreatedKey' })
export const CreatedKeyRef = refTo(CreatedKey)

export const KeyList = Type.Object({ items: Type.Array(KeyRef) }, { $id: 'KeyList' })
export const KeyListRef = refTo(KeyList)
