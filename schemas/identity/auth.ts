import { Type, type Static } from '@sinclair/typebox'
import { bodies, key, refreshToken, token, user } from '../examples.ts'
import { Name, UserId } from '../primitives.ts'
import { refTo } from '../ref.ts'
import { User, UserRef } from './user.ts'

export const Credentials = Type.Object({
  username: Name({ examples: ['alice'] }),
  password: Type.String({ minLength: 1, maxLength: 1024, examples: ['demo-alice'] }),
  cookie: Type.Optional(Type.Boolean({
    default: false,
    description: 'For pages that this server serves: the refresh token comes as a cookie that scripts cannot read, instead of in the answer.'
  }))
}, { $id: 'Credentials', additionalProperties: false, description: 'A user\'s name and password.', examples: Object.values(bodies.Credentials) })
export type Credentials = Static<typeof Credentials>
export const CredentialsRef = refTo(Credentials)

export const Session = Type.Object({
  access_token: Type.String({ description: 'A JWT for `Authorization: Bearer`.' }),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires.', examples: [900] }),
  refresh_token: Type.Optional(Type.String({ description: 'For one `POST /api/auth/refresh`. Absent where it is in a cookie.' })),
  user: UserRef
}, {
  $id: 'Session',
  description: 'The tokens of a login or refresh, and their user.',
  examples: [{ access_token: token, token_type: 'Bearer', expires_in: 900, refresh_token: refreshToken, user }]
})
export const SessionRef = refTo(Session)

export const Refresh = Type.Object({
  refresh_token: Type.Optional(Type.String({ minLength: 1, maxLength: 256, examples: [refreshToken], description: 'Without it, the cookie\'s is meant.' }))
}, { $id: 'Refresh', additionalProperties: false, description: 'The refresh token to exchange for new tokens.', examples: Object.values(bodies.Refresh) })
export const RefreshRef = refTo(Refresh)

export const Confirmation = Type.Object({
  password: Type.String({ minLength: 1, maxLength: 1024, examples: ['demo-admin'] })
}, { $id: 'Confirmation', additionalProperties: false, description: 'The user\'s own password, once more.', examples: Object.values(bodies.Confirmation) })
export const ConfirmationRef = refTo(Confirmation)

export const Ticket = Type.Object({
  ticket: Type.String({ description: 'For one WebSocket upgrade or one stream: `/ws/notifications?ticket=…`, `/sse/notifications?ticket=…`.' }),
  expires_in: Type.Integer({ description: 'Seconds until the ticket expires.', examples: [30] })
}, {
  $id: 'Ticket',
  description: 'Credentials for one WebSocket upgrade or one stream, for clients that can set only the URL.',
  examples: [{ ticket: 'Zq1p8J8mM3c2fNwzZ3bq8h2r6E5d8oIY0dP2VdXf0J0', expires_in: 30 }]
})
export const TicketRef = refTo(Ticket)

export const Principal = Type.Object({
  ...Type.Partial(User).properties,
  id: UserId(),
  kind: Type.Unsafe<'user' | 'key'>({ type: 'string', enum: ['user', 'key'] }),
  name: Type.Optional(Type.String({ description: 'The name of the API key.' })),
  scopes: Type.Optional(Type.Array(Type.String({ description: 'A scope of the API key.' })))
}, {
  $id: 'Principal',
  description: 'Whose credentials a request has: a user\'s, or those of an API key with its scopes.',
  examples: [{ kind: 'user', ...user }, { kind: 'key', id: key.id, name: key.name, scopes: key.scopes }]
})
export const PrincipalRef = refTo(Principal)
