import { Type, type Static } from '@sinclair/typebox'
import { bodies, group, user } from '../examples.ts'
import { Company, Group as GroupName, Text, Timestamp, UserId, Name } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

const properties = {
  group: GroupName(),
  company: nullable(Company({ description: 'The company whose group it is; null for a global one.' })),
  name: Text(200, { description: 'A name for people to read.', examples: ['Order 1742'] }),
  open: Type.Boolean({ description: 'Whether users may join it and leave it themselves: those of its company, or anybody if it is global.' }),
  members: Type.Integer({ minimum: 0, description: 'How many members it has.' })
}
const source = Type.Unsafe<'api' | 'claim' | 'self'>({
  type: 'string', enum: ['api', 'claim', 'self'], description: 'Who made it: the API, a token\'s claim, or the member.', examples: ['api']
})
const since = Timestamp({ description: 'When the membership began: what was sent to the group after it is in the inbox.' })

export const Group = Type.Object(properties, { $id: 'Group', description: 'A group of users.', examples: [group] })
export type Group = Static<typeof Group>
export const GroupRef = refTo(Group)

export const GroupPage = Type.Object({
  items: Type.Array(GroupRef),
  next_after: nullable(Type.String({ description: 'The `after` of the next page; null on the last page.' }))
}, { $id: 'GroupPage', description: 'A page of groups.', examples: [{ items: [group], next_after: null }] })
export const GroupPageRef = refTo(GroupPage)

export const GroupSettings = Type.Object({
  name: Type.Optional(Text(200, { description: 'A name for people to read; the group\'s own if it is absent.', examples: ['Order 1742'] })),
  open: Type.Optional(Type.Boolean({ default: false, description: 'Whether users may join it and leave it themselves.' }))
}, { $id: 'GroupSettings', additionalProperties: false, description: 'What a group is: what is absent is set to its default.', examples: Object.values(bodies.GroupSettings) })
export type GroupSettings = Static<typeof GroupSettings>
export const GroupSettingsRef = refTo(GroupSettings)

const ids = (description: string) => Type.Optional(Type.Array(UserId(), { maxItems: 1000, description }))

export const MemberChange = Type.Object({
  add: ids('Who becomes a member. An id that nobody has yet is fine: its user will be one.'),
  remove: ids('Who is no longer a member.')
}, { $id: 'MemberChange', additionalProperties: false, minProperties: 1, description: 'Members to add and to remove.', examples: Object.values(bodies.MemberChange) })
export const MemberChangeRef = refTo(MemberChange)

export const MembersChanged = Type.Object({
  added: Type.Integer({ minimum: 0, description: 'How many became members.' }),
  removed: Type.Integer({ minimum: 0, description: 'How many were members and are none any more.' }),
  members: Type.Integer({ minimum: 0, description: 'How many members there are now.' })
}, { $id: 'MembersChanged', description: 'What a change of members did.', examples: [{ added: 2, removed: 1, members: 17 }] })
export const MembersChangedRef = refTo(MembersChanged)

const member = { user_id: user.id, username: user.username, source: 'api', since: '2026-01-31T12:00:00.000Z' }

export const MemberPage = Type.Object({
  items: Type.Array(Type.Object({ user_id: UserId(), username: Type.Optional(Name({ examples: ['alice'] })), source, since })),
  next_after: nullable(Type.String({ description: 'The `after` of the next page; null on the last page.' }))
}, { $id: 'MemberPage', description: 'A page of a group\'s members, ordered by id.', examples: [{ items: [member], next_after: null }] })
export const MemberPageRef = refTo(MemberPage)

export const UserGroups = Type.Object({
  items: Type.Array(Type.Object({ ...properties, source, since }))
}, { $id: 'UserGroups', description: 'The groups that a user is a member of.', examples: [{ items: [{ ...group, source: 'api', since: '2026-01-31T12:00:00.000Z' }] }] })
export const UserGroupsRef = refTo(UserGroups)
