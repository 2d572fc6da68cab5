import { Type } from '@sinclair/typebox'
import { bodies, openSession } from '../examples.ts'
import { Id, Timestamp } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

export const OpenSession = Type.Object({
  id: Id(),
  created_at: Timestamp({ description: 'When its user logged in.' }),
  last_used_at: Timestamp({ description: 'When it was last refreshed.' }),
  address: nullable(Type.String({ description: 'Where its last login or refresh came from.' })),
  user_agent: nullable(Type.String({ description: 'What that called itself.' })),
  current: Type.Boolean({ description: 'Whether this request belongs to it.' })
}, { $id: 'OpenSession', description: 'A login that has not ended.', examples: [openSession] })
const OpenSessionRef = refTo(OpenSession)

export const SessionList = Type.Object({ items: Type.Array(OpenSessionRef) }, {
  $id: 'SessionList', description: 'The open sessions of a user.', examples: [{ items: [openSession] }]
})
export const SessionListRef = refTo(SessionList)

export const Logout = Type.Object({
  everywhere: Type.Optional(Type.Boolean({ default: false, description: 'Every session of the user, instead of this token\'s.' }))
}, { $id: 'Logout', additionalProperties: false, description: 'How far a logout goes.', examples: Object.values(bodies.Logout) })
export const LogoutRef = refTo(Logout)
