import { Type } from '@sinclair/typebox'
import { bodies, openSession } from '../examples.ts'
import { Id, Timestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

export const OpenSession = Type.Object({
  id: Id(),
  created_at: Timestamp({ description: 'When the user logged in.' }),
  last_used_at: Timestamp({ description: 'When its tokens were last refreshed.' }),
  address: nullable(Type.String({ description: 'The IP address of the login or the last refresh.' })),
  user_agent: nullable(Type.String({ description: 'The `User-Agent` of that request.' })),
  current: Type.Boolean({ description: 'Whether it is the session of the token of this request.' })
}, { $id: 'OpenSession', description: 'A login that has not ended.', examples: [openSession] })
const OpenSessionRef = refTo(OpenSession)

export const SessionList = Type.Object({ items: Type.Array(OpenSessionRef) }, {
  $id: 'SessionList', description: 'The open sessions of a user.', examples: [{ items: [openSession] }]
})
export const SessionListRef = refTo(SessionList)

export const Logout = Type.Object({
  everywhere: Type.Optional(Type.Boolean({ default: false, description: 'End every session of the user, not only that of this token.' }))
}, { $id: 'Logout', additionalProperties: false, description: 'Which sessions to end.', examples: Object.values(bodies.Logout) })
export const LogoutRef = refTo(Logout)
