import { Type, type Static } from '@sinclair/typebox'
import { Company, Role, UserId } from './primitives.ts'
import { refTo } from './ref.ts'

const strict = { additionalProperties: false }

export const Audience = Type.Union([
  Type.Object({ all: Type.Literal(true) }, { ...strict, title: 'Everyone', description: 'Every user.' }),
  Type.Object({ users: Type.Array(UserId(), { minItems: 1, maxItems: 1000 }) }, { ...strict, title: 'Users', description: 'These users. An id that names no user yet is accepted: the notification waits for that user.' }),
  Type.Object({
    companies: Type.Array(Company(), { minItems: 1, maxItems: 50 }),
    roles: Type.Optional(Type.Array(Role(), { minItems: 1, maxItems: 20 }))
  }, { ...strict, title: 'Companies', description: 'Everybody in one of these companies, or those of them who have one of these roles.' }),
  Type.Object({ roles: Type.Array(Role(), { minItems: 1, maxItems: 20 }) }, {
    ...strict, title: 'Roles', description: 'Everybody who has one of these roles, in any company or none.'
  })
], {
  $id: 'Audience',
  description: 'Who a notification is for: everyone, some users, or companies and roles. Within a list any entry matches; companies and roles together must both match.',
  examples: [{ all: true }, { users: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] }, { companies: ['company_a'], roles: ['admin', 'user'] }]
})
export type Audience = Static<typeof Audience>
export const AudienceRef = refTo(Audience)
