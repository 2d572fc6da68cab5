import { Type, type Static } from '@sinclair/typebox'
import { bodies, key } from '../examples.ts'
import { Id, LooseTimestamp, NAME, Name, NewName, Timestamp } from '../primitives.ts'
import { pattern } from '../patterns.ts'
import { nullable, refTo } from '../ref.ts'

const Scope = Type.String({
  // The longest prefix and the longest company.
  maxLength: 141,
  'x-normalize': 'NFC',
  ...pattern(
    `^(inbox:read$|send:all$|users:write$|groups:write$|topics:write$|reports:read$|events:read$|metrics:read$|(send:company|groups:write|events:read):${NAME.slice(1)})`,
    'must be inbox:read, send:all, send:company:<company>, users:write, groups:write, groups:write:<company>, topics:write, reports:read, events:read, events:read:<company> or metrics:read'
  ),
  description: '`inbox:read`, `send:all`, `send:company:<company>`, `users:write`, `groups:write`, `groups:write:<company>`, `topics:write`, `reports:read`, `events:read`, `events:read:<company>` or `metrics:read`.',
  examples: ['send:company:company_a']
})
const properties = {
  id: Id(),
  name: Name({ examples: ['billing backend'] }),
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 20, uniqueItems: true })
}

const RateLimit = Type.Integer({
  minimum: 1, maximum: 1_000_000_000, description: 'Requests a minute, where that is fewer than `KEY_RATE_LIMIT`.', examples: [60]
})

export const NewKey = Type.Object({
  name: NewName({ examples: ['billing backend'] }),
  scopes: properties.scopes,
  rate_limit: Type.Optional(RateLimit),
  expires_at: Type.Optional(LooseTimestamp({ description: 'When the key stops working, in the future. Without it the key does not expire.', examples: ['2099-01-31T12:00:00Z'] }))
}, {
  $id: 'NewKey', additionalProperties: false, description: 'An API key to create, and what it may do.', examples: Object.values(bodies.NewKey)
})
export type NewKey = Static<typeof NewKey>
export const NewKeyRef = refTo(NewKey)

export const Key = Type.Object({
  ...properties,
  created_at: Timestamp(),
  last_used_at: nullable(Timestamp({ description: 'Rounded to the hour.' })),
  rate_limit: nullable(RateLimit),
  expires_at: nullable(Timestamp({ description: 'When the key stops working; null if it does not.' }))
}, { $id: 'Key', description: 'An API key, without its secret.', examples: [key] })
export const KeyRef = refTo(Key)

export const CreatedKey = Type.Object({
  ...Key.properties,
  key: Type.String({ description: 'The key itself, for `Authorization: Bearer blf_…`. It is not shown again.' })
}, {
  $id: 'CreatedKey', description: 'An API key, with its secret.', examples: [{ ...key, key: 'blf_5d8oIY0dP2VdXf0J0gq1p8J8mM3c2fNwzZ3bq8h2r6E' }]
})
export const CreatedKeyRef = refTo(CreatedKey)

export const KeyList = Type.Object({ items: Type.Array(KeyRef) }, {
  $id: 'KeyList', description: 'Every API key.', examples: [{ items: [key] }]
})
export const KeyListRef = refTo(KeyList)
