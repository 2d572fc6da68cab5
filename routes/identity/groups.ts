import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { toGroup, toMember } from '../../src/notification/present.ts'
import { actorRef, companyOf, type Principal } from '../../src/rights/principal.ts'
import { may } from '../../src/rights/rights.ts'
import type { GroupLimits } from '../../src/store/groups.ts'
import { Group, GroupCompany, Limit, NewGroup, UserId } from '../../schemas/primitives.ts'
import { GroupPageRef, GroupRef, GroupSettingsRef, MemberChangeRef, MemberPageRef, MembersChangedRef } from '../../schemas/identity/group.ts'
import { problems } from '../../schemas/problem.ts'

const params = Type.Object({ group: Group() })
const strict = { additionalProperties: false }
const whose = Type.Object({ company: Type.Optional(GroupCompany()) }, strict)
const limit = Type.Optional(Limit())
const common = { tags: ['groups'], querystring: whose }
const config = { access: ['groups.manage'] } as const
const own = { access: ['groups.join'] } as const

/** Manages groups and their members. The store checks rights again in each write. */
const groupsRoutes: FastifyPluginAsyncTypebox<{ limits: GroupLimits }> = async (app, { limits }) => {
  const refOf = ({ principal, params: { group }, query: { company } }: { principal: Principal, params: { group: string }, query: { company?: string } }) => {
    return { company: companyOf(principal, company), group }
  }

  app.get('/', {
    config,
    schema: {
      operationId: 'listGroups',
      summary: 'List groups by name',
      tags: ['groups'],
      querystring: Type.Object({ limit, after: Type.Optional(Group({ description: 'The `next_after` of the previous page.' })), ...whose.properties }, strict),
      response: { 200: GroupPageRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { limit = 50, company, after } }) => {
    const filter = { company: companyOf(principal, company), ...(after === undefined ? {} : { after }) }
    assertMayManage(principal, filter.company)
    const found = await app.store.groups({ ...filter, limit: limit + 1 })
    const items = found.slice(0, limit).map(toGroup)
    return { items, next_after: found.length > limit ? items.at(-1)!.group : null }
  })

  app.get('/:group', {
    config,
    schema: { operationId: 'getGroup', summary: 'Get a group', ...common, params, response: { 200: GroupRef, ...problems(400, 401, 403, 404) } }
  }, async (request) => {
    const ref = refOf(request)
    assertMayManage(request.principal, ref.company)
    const group = await app.store.group(ref)
    if (!group) throw problem('BLF_GROUP_NOT_FOUND')
    return toGroup(group)
  })

  app.put('/:group', {
    config,
    schema: {
      operationId: 'putGroup',
      summary: 'Create or change a group',
      description: 'The body is all of its settings: a group whose change leaves out `open` is not open any more. Its members stay.',
      ...common,
      params: Type.Object({ group: NewGroup() }),
      body: GroupSettingsRef,
      response: { 200: GroupRef, 201: GroupRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async (request, reply) => {
    const ref = refOf(request)
    const { name = ref.group, open = false } = request.body
    const { group, created } = await app.store.putGroup(ref, { name, isOpen: open }, actorRef(request.principal))
    return await reply.code(created ? 201 : 200).send(toGroup(group))
  })

  app.delete('/:group', {
    config,
    schema: {
      operationId: 'removeGroup',
      summary: 'Remove a group',
      description: 'Its memberships end, so that what was sent to it leaves the inboxes. A group that is made again begins empty. It is one commit, which other writes wait for: about a second for 100,000 members. To spare them that, first remove the members, 1,000 at a time.',
      ...common,
      params,
      response: { 204: Type.Null({ description: 'Removed.' }), ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async (request, reply) => {
    await app.store.removeGroup(refOf(request), actorRef(request.principal))
    return await reply.code(204).send(null)
  })

  app.get('/:group/members', {
    config,
    schema: {
      operationId: 'listMembers',
      summary: 'List the members of a group by id',
      tags: ['groups'],
      params,
      querystring: Type.Object({ limit, after: Type.Optional(UserId({ description: 'The `next_after` of the previous page.' })), ...whose.properties }, strict),
      response: { 200: MemberPageRef, ...problems(400, 401, 403, 404) }
    }
  }, async (request) => {
    const { limit = 50, after } = request.query
    const ref = refOf(request)
    assertMayManage(request.principal, ref.company)
    if (!await app.store.group(ref)) throw problem('BLF_GROUP_NOT_FOUND')
    const found = await app.store.members(ref, { limit: limit + 1, ...(after === undefined ? {} : { after }) })
    const items = found.slice(0, limit).map(toMember)
    return { items, next_after: found.length > limit ? items.at(-1)!.user_id : null }
  })

  app.put('/:group/members', {
    config,
    schema: {
      operationId: 'changeMembers',
      summary: 'Add and remove members',
      description: 'Who is a member already, or none, does not change, but a removal holds against older tokens also for who was none, or was never seen; who is both added and removed is removed. Members of a company\'s group are users of that company: an id that nobody has yet counts once its user is seen there, and never if the user is seen elsewhere.',
      ...common,
      params,
      body: MemberChangeRef,
      response: { 200: MembersChangedRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async (request) => {
    const { add = [], remove = [] } = request.body
    const change = { add: add.filter(id => !remove.includes(id)), remove }
    return await app.store.changeMembers(refOf(request), change, limits, actorRef(request.principal))
  })

  app.put('/:group/members/me', {
    config: own,
    schema: { operationId: 'joinGroup', summary: 'Join an open group', ...common, params, response: { 200: GroupRef, ...problems(400, 401, 403, 404, 409, 413, 415) } }
  }, async (request) => toGroup(await app.store.joinGroup(refOf(request), limits, actorRef(request.principal))))

  app.delete('/:group/members/me', {
    config: own,
    schema: {
      operationId: 'leaveGroup',
      summary: 'Leave an open group',
      ...common,
      params,
      response: { 204: Type.Null({ description: 'No member, now or before.' }), ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async (request, reply) => {
    await app.store.leaveGroup(refOf(request), actorRef(request.principal))
    return await reply.code(204).send(null)
  })
}

function assertMayManage (principal: Principal, company: string | null): void {
  if (!may(principal, 'groups.manage', { company })) throw problem('BLF_FORBIDDEN')
}

export default groupsRoutes
