import { Type, type Static } from '@sinclair/typebox'
import { bodies, user } from '../examples.ts'
import { Company, Email, Name, NewCompany, NewName, NewRole, Role, Timestamp, UserId } from '../primitives.ts'
import { nullable, refTo } from '../ref.ts'

const Username = Name({ examples: ['alice'] })
const NewUsername = NewName({ examples: ['alice'] })
const FullName = () => NewName({ description: 'What people call the user: mails are addressed with it. Several may have the same, and nobody logs in with it.', examples: ['Ada Lovelace'] })
// 1,024 characters are enough for any passphrase, and bound the cost of hashing one.
const NewPassword = Type.String({ minLength: 8, maxLength: 1024, examples: ['correct horse battery'] })

export const User = Type.Object({
  id: UserId(),
  username: Type.Optional(Username),
  name: Type.Optional(Name({ description: 'What people call the user.', examples: ['Ada Lovelace'] })),
  role: Role(),
  company: Type.Optional(Company()),
  email: Type.Optional(Email({ description: 'Where mail for the user goes.' })),
  created_at: Timestamp()
}, { $id: 'User', description: 'A user. A user who is known from tokens of another backend only has no username.', examples: [user] })
export type User = Static<typeof User>
export const UserRef = refTo(User)

export const NewUser = Type.Object({
  id: Type.Optional(UserId({ description: 'The `sub` in tokens that another backend mints for this user. Without it Belfry makes an id. Company admins may not choose one.', examples: ['auth0|5f7c8ec7c33c6c004bbafe82'] })),
  username: NewUsername,
  password: Type.Optional(NewPassword),
  role: NewRole(),
  company: Type.Optional(nullable(NewCompany())),
  name: Type.Optional(FullName()),
  email: Type.Optional(Email({ description: 'Where mail for the user goes. It is not verified: who gives it answers for it.' }))
}, {
  $id: 'NewUser',
  additionalProperties: false,
  description: 'A user to create. Without a password they cannot log in here, only use tokens that another backend mints.',
  examples: Object.values(bodies.NewUser)
})
export type NewUser = Static<typeof NewUser>
export const NewUserRef = refTo(NewUser)

export const UserChange = Type.Object({
  username: Type.Optional(NewUsername),
  password: Type.Optional(nullable(NewPassword)),
  role: Type.Optional(NewRole()),
  company: Type.Optional(nullable(NewCompany())),
  name: Type.Optional(nullable(FullName())),
  email: Type.Optional(nullable(Email({ description: 'Where mail for the user goes from now on. It is not verified: who gives it answers for it.' })))
}, {
  $id: 'UserChange',
  additionalProperties: false,
  minProperties: 1,
  description: 'The fields to change; the others stay as they are. `company: null` takes the user out of the company, `password: null` removes the password, `name: null` the name, `email: null` the address.',
  examples: Object.values(bodies.UserChange)
})
export type UserChange = Static<typeof UserChange>
export const UserChangeRef = refTo(UserChange)

export const PasswordChange = Type.Object({
  current_password: Type.String({ minLength: 1, maxLength: 1024, examples: ['demo-alice'] }),
  password: NewPassword
}, {
  $id: 'PasswordChange',
  additionalProperties: false,
  description: 'The current password and the new one.',
  examples: [{ current_password: 'demo-alice', password: 'correct horse battery' }]
})
export const PasswordChangeRef = refTo(PasswordChange)

export const UserPage = Type.Object({
  items: Type.Array(UserRef),
  next_after: nullable(Type.String({ description: 'The `after` of the next page; null on the last page.' }))
}, { $id: 'UserPage', description: 'A page of users, ordered by id.', examples: [{ items: [user], next_after: null }] })
export const UserPageRef = refTo(UserPage)
