import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { contentOfEnvelope } from '../src/notification/draft.ts'
import type { Principal } from '../src/rights/principal.ts'
import type { Audience } from '../schemas/audience.ts'
import { EnvelopeRef, type Envelope } from '../schemas/envelope.ts'
import { EditedRef, EditRef } from '../schemas/sending/edit.ts'
import { RemovedRef } from '../schemas/inbox/inbox.ts'
import { Company, Group, GroupCompany, Id, Role } from '../schemas/primitives.ts'
import { problems } from '../schemas/problem.ts'
import { ScheduledRef } from '../schemas/sending/scheduled.ts'
import { BroadcastResultRef, DryRunQuery, IdempotencyHeader } from '../schemas/send.ts'

const common = {
  tags: ['broadcast'],
  headers: IdempotencyHeader,
  querystring: DryRunQuery,
  body: EnvelopeRef,
  response: { 200: BroadcastResultRef, 202: ScheduledRef, ...problems(400, 401, 403, 409, 413, 415) }
}

interface Request {
  principal: Principal
  body: Envelope
  query: { dry_run?: boolean }
  headers: { 'idempotency-key'?: string }
}

const broadcastRoutes: FastifyPluginAsyncTypebox = async (app) => {
  async function broadcast ({ principal, body, query, headers }: Request, reply: FastifyReply, audience: Audience, target: string) {
    const sending = { principal, audience, content: contentOfEnvelope(body), idempotencyKey: headers['idempotency-key'] }
    const status = 'success' as const
    if (query.dry_run) return { status, message: `Message would be broadcasted to ${target}`, ...await app.notifier.preview(sending) }
    const receipt = await app.notifier.send(sending)
    if (!('send_at' in receipt)) return { status, message: `Message broadcasted to ${target}`, ...receipt }
    reply.code(202)
    return { message: 'Notification scheduled', ...receipt }
  }

  app.post('/company/:company/role/:role', {
    config: { access: ['send.company'] },
    schema: {
      operationId: 'broadcastToCompanyRole',
      summary: 'Broadcast to a role in a company',
      params: Type.Object({ company: Company(), role: Role() }),
      ...common
    }
  }, async (request, reply) => {
    const { company, role } = request.params
    return await broadcast(request, reply, { companies: [company], roles: [role] }, `company ${company} and role ${role}`)
  })

  app.post('/company/:company', {
    config: { access: ['send.company'] },
    schema: {
      operationId: 'broadcastToCompany',
      summary: 'Broadcast to a company',
      params: Type.Object({ company: Company() }),
      ...common
    }
  }, async (request, reply) => {
    const { company } = request.params
    return await broadcast(request, reply, { companies: [company] }, `company ${company}`)
  })

  app.post('/role/:role', {
    config: { access: ['send.all'] },
    schema: {
      operationId: 'broadcastToRole',
      summary: 'Broadcast to a role, in every company and in none',
      params: Type.Object({ role: Role({ examples: ['admin'] }) }),
      ...common
    }
  }, async (request, reply) => {
    const { role } = request.params
    return await broadcast(request, reply, { roles: [role] }, `role ${role}`)
  })

  app.post('/group/:group', {
    config: { access: ['send.all', 'send.company'] },
    schema: {
      operationId: 'broadcastToGroup',
      summary: 'Broadcast to a group',
      params: Type.Object({ group: Group() }),
      ...common,
      querystring: Type.Object({ ...DryRunQuery.properties, company: Type.Optional(GroupCompany()) }, { additionalProperties: false }),
      response: { ...common.response, ...problems(404) }
    }
  }, async (request, reply) => {
    const { params: { group }, query: { company } } = request
    return await broadcast(request, reply, { groups: [group], ...(company === undefined ? {} : { company }) }, `group ${group}`)
  })

  app.patch('/:notification_id', {
    config: { access: ['edit'] },
    schema: {
      operationId: 'editNotification',
      summary: 'Edit a notification in every inbox and open socket that has it',
      description: 'Whoever has the notification gets the new revision: users who have joined the audience since it was sent do not. Whether it is read stays as it was. Its audience and its topic cannot change; a recalled or expired notification cannot either, and after revision 50 none.',
      tags: ['broadcast'],
      params: Type.Object({ notification_id: Id() }),
      body: EditRef,
      response: { 200: EditedRef, ...problems(400, 401, 403, 404, 409, 413, 415) }
    }
  }, async ({ principal, body, params: { notification_id: id } }) => await app.notifier.edit(principal, id, body))

  app.delete('/:notification_id', {
    config: { access: ['recall'] },
    schema: {
      operationId: 'recallNotification',
      summary: 'Recall a notification from every inbox and open socket',
      description: 'Its text, and that of its edits, is removed from the store. A retry of its send is still recognised, and sends nothing.',
      tags: ['broadcast'],
      params: Type.Object({ notification_id: Id() }),
      response: { 200: RemovedRef, ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    await app.notifier.recall(principal, id)
    return { message: 'Notification recalled', id }
  })
}

export default broadcastRoutes
