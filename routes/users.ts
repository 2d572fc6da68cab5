import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../src/errors.ts'
import { newId } from '../src/identity/ids.ts'
import { hashPassword } from '../src/identity/password.ts'
import { toMembership, toUser } from '../src/notification/present.ts'
import { actorRef, companyOf, type Principal } from '../src/rights/principal.ts'
import { may, mayChooseId, mayManageUser } from '../src/rights/rights.ts'
import type { UserRecord } from '../src/store/store.ts'
import { Company, Group, Limit, NAME, Role, Text, UserId } from '../schemas/primitives.ts'
import { problems } from '../schemas/problem.ts'
import { UserGroupsRef } from '../schemas/identity/group.ts'
import { NewUserRef, UserChangeRef, UserPageRef, UserRef } from '../schemas/identity/user.ts'

const params = Type.Object({ user_id: UserId({ examples: ['alice'] }) })
const query = Type.Object({
  limit: Type.Optional(Limit()),
  after: Type.Optional(UserId({ description: 'The `next_after` of the previous page.' })),
  q: Type.Optional(Text(255, { 'x-normalize': 'NFC', description: 'Only users whose id, username, name or email begins with this.', examples: ['ali'] })),
  company: Type.Optional(Company({ description: 'Only users of this company.' })),
  role: Type.Optional(Role({ description: 'Only users with this role.' })),
  group: Type.Optional(Group({ description: 'Only members of this group: of `company`, or, if that is absent, of the caller\'s company, or a global one.' }))
}, { additionalProperties: false })
const common = { tags: ['users'] }
const config = { access: ['users.manage'] } as const

/** Manages users. The store checks rights again in each write; checking them here first avoids hashing a password for nothing. */
const usersRoutes: FastifyPluginAsyncTypebox = async (app) => {
  /** The user with this id. Throws BLF_FORBIDDEN if the principal may not manage it, BLF_USER_NOT_FOUND if there is none. */
  async function manageable (principal: Principal, id: string): Promise<UserRecord> {
    const user = await app.store.user(id)
    assertMayManage(principal, user)
    if (!user) throw problem('BLF_USER_NOT_FOUND')
    return user
  }

  app.post('/', {
    config,
    schema: {
      operationId: 'createUser',
      summary: 'Create a user',
      description: 'Company admins create users of their own company.',
      ...common,
      body: NewUserRef,
      response: { 201: UserRef, ...problems(400, 401, 403, 409, 413, 415) }
    }
  }, async ({ principal, body: { id: chosen, username, password, role, company = null, name, email } }, reply) => {
    assertMayManage(principal, { role, company })
    const isIdChosen = chosen !== undefined
    if (isIdChosen && !mayChooseId(principal)) throw problem('BLF_FORBIDDEN', 'Company admins may not choose ids: leave "id" out.')
    const passwordHash = password === undefined ? null : await hashPassword(password)
    const user = await app.store.createUser({ id: chosen ?? newId(), username, role, company, passwordHash, ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }), isIdChosen }, actorRef(principal))
    return await reply.code(201).header('location', `${app.publicUrl.path}/api/users/${encodeURIComponent(user.id)}`).send(toUser(user))
  })

  app.get('/', {
    config,
    schema: {
      operationId: 'listUsers',
      summary: 'List users by id',
      description: 'Company admins see the users of their own company.',
      ...common,
      querystring: query,
      response: { 200: UserPageRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { limit = 50, group, ...filter } }) => {
    const own = principal.kind === 'user' && principal.company !== null ? { company: principal.company } : {}
    if (filter.company !== undefined && !may(principal, 'users.manage', { company: filter.company })) throw problem('BLF_FORBIDDEN')
    const users = await app.store.users({ limit: limit + 1, ...filter, ...own, ...(group === undefined ? {} : { group: { company: companyOf(principal, filter.company), group } }) })
    const items = users.slice(0, limit).map(toUser)
    return { items, next_after: users.length > limit ? items.at(-1)!.id : null }
  })

  app.get('/:user_id', {
    config,
    schema: { operationId: 'getUser', summary: 'Get a user', ...common, params, response: { 200: UserRef, ...problems(400, 401, 403, 404) } }
  }, async ({ principal, params: { user_id: id } }) => toUser(await manageable(principal, id)))

  app.get('/:user_id/groups', {
    config: { access: ['groups.join', 'users.manage', 'groups.manage'] },
    schema: {
      operationId: 'listGroupsOfUser',
      summary: 'List the groups of a user',
      description: 'Everybody may list their own.',
      tags: ['groups'],
      params: Type.Object({ user_id: UserId({ pattern: NAME, description: 'A user\'s id, percent-encoded, or `me`.', examples: ['me'] }) }),
      response: { 200: UserGroupsRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { user_id: given } }) => {
    const isOwn = principal.kind === 'user' && (given === 'me' || given === principal.id)
    const id = isOwn ? principal.id : given
    if (!isOwn) {
      const user = given === 'me' ? undefined : await app.store.user(id)
      if (!mayManageUser(principal, user) && !may(principal, 'groups.manage', { company: user?.company ?? null })) throw problem('BLF_FORBIDDEN')
      if (!user) throw problem('BLF_USER_NOT_FOUND')
    }
    return { items: (await app.store.groupsOf(id)).map(toMembership) }
  })

  app.patch('/:user_id', {
    config,
    schema: {
      operationId: 'changeUser',
      summary: 'Change a user',
      description: 'A new role or company takes effect at once, on open sockets too. A new password ends all sessions of the user; change your own password at `/api/users/me`. Removing the company of an admin requires `role` in the same request, because an admin without a company is a platform admin. Making a user a platform admin, or moving a user to another company, requires a new `password` (or null) in the same request if the current one was set by a company admin or with an API key.',
      ...common,
      params,
      body: UserChangeRef,
      response: { 200: UserRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { user_id: id }, body: { password, ...change } }) => {
    const isSelf = principal.kind === 'user' && principal.id === id
    if (isSelf && password !== undefined) throw problem('BLF_FORBIDDEN', 'Change your own password at /api/users/me, which asks for the current one.')
    assertMayManage(principal, { ...await manageable(principal, id), ...change })
    const secret = password === undefined ? {} : { passwordHash: password === null ? null : await hashPassword(password) }
    return toUser(await app.store.changeUser(id, { ...change, ...secret }, actorRef(principal)))
  })

  app.delete('/:user_id', {
    config,
    schema: {
      operationId: 'removeUser',
      summary: 'Remove a user',
      description: 'The user\'s tokens stop working and its sockets close at once, on every node.',
      ...common,
      params,
      response: { 204: Type.Null({ description: 'Removed.' }), ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, params: { user_id: id } }, reply) => {
    await app.store.removeUser(id, actorRef(principal))
    return await reply.code(204).send(null)
  })
}

function assertMayManage (principal: Principal, user: Pick<UserRecord, 'role' | 'company'> | undefined): void {
  if (!mayManageUser(principal, user)) throw problem('BLF_FORBIDDEN')
}

export default usersRoutes
