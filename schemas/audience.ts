import { Type, type Static } from '@sinclair/typebox'
import { Company, Group, Role, UserId } from './primitives.ts'
import { refTo } from './ref.ts'

const strict = { additionalProperties: false }
const not = Type.Optional(Type.Object({ users: Type.Array(UserId(), { maxItems: 100 }) }, {
  ...strict, description: 'Users who do not get it, although the rest of the audience matches them: "everybody but the author". An empty list is as none.'
}))

export const Audience = Type.Union([
  Type.Object({ all: Type.Literal(true), not }, { ...strict, title: 'Everyone', description: 'Every user.' }),
  Type.Object({ users: Type.Array(UserId(), { minItems: 1, maxItems: 1000 }), not }, { ...strict, title: 'Users', description: 'These users. An id that names no user yet is accepted: the notification waits for that user.' }),
  Type.Object({
    companies: Type.Array(Company(), { minItems: 1, maxItems: 50 }),
    roles: Type.Optional(Type.Array(Role(), { minItems: 1, maxItems: 20 })),
    not
  }, { ...strict, title: 'Companies', description: 'Everybody in one of these companies, or those of them who have one of these roles.' }),
  Type.Object({ roles: Type.Array(Role(), { minItems: 1, maxItems: 20 }), not }, {
    ...strict, title: 'Roles', description: 'Everybody who has one of these roles, in any company or none.'
  }),
  Type.Object({
    groups: Type.Array(Group(), { minItems: 1, maxItems: 20 }),
    company: Type.Optional(Company({ description: 'The company whose groups they are. If it is absent: the company of a company admin who sends, else they are global groups.' })),
    not
  }, { ...strict, title: 'Groups', description: 'The members of one of these groups; who is a member of several gets it once.' })
], {
  $id: 'Audience',
  description: 'Who a notification is for: everyone, some users, companies and roles, or groups. Within a list any entry matches; companies and roles together must both match. `not` leaves out single users.',
  examples: [{ all: true }, { users: ['0192f0c1-7b3a-7e55-8f7e-3f6f0a9b1c2d'] }, { companies: ['company_a'], roles: ['admin', 'user'] }, { groups: ['order-1742'], company: 'company_a', not: { users: ['auth0|5f7c8ec7c33c6c004bbafe82'] } }]
})
export type Audience = Static<typeof Audience>
export const AudienceRef = refTo(Audience)
