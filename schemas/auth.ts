import { Type, type Static } from '@sinclair/typebox'
import { Id } from './primitives.ts'
import { refTo } from './ref.ts'
import { User, UserRef } from './user.ts'

export const Credentials = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 128, examples: ['alice'] }),
  password: Type.String({ minLength: 1, maxLength: 1024, examples: ['demo-alice'] })
}, { $id: 'Credentials', additionalProperties: false })
export type Credentials = Static<typeof Credentials>
export const CredentialsRef = refTo(Credentials)

export const Session = Type.Object({
  access_token: Type.String({ description: 'A JWT for `Authorization: Bearer`.' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires.', examples: [900] }),
  user: UserRef
}, { $id: 'Session' })
export const SessionRef = refTo(Session)

export const Principal = Type.Object({
  ...Type.Partial(User).properties,
  id: Id(),
  kind: Type.Unsafe<'user' | 'key'>({ type: 'string', enum: ['user', 'key'] }),
  scopes: Type.Optional(Type.Array(Type.String()))
}, { $id: 'Principal', description: 'Who a request speaks for: a user, or an API key with its scopes.' })
export const PrincipalRef = refTo(Principal)
