import { Type, type Static } from '@sinclair/typebox'
import { refTo } from './ref.ts'
import { UserRef } from './user.ts'

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
