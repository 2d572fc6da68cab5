import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { assertRecentPassword } from '../../src/identity/recent-password.ts'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import type { WebhookStatus } from '../../src/store/contract/webhooks.ts'
import { Id } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import {
  AttemptPageRef, AttemptsQuery, CreatedWebhookRef, NewWebhookRef, ReplayedRef, ReplayRef, RotatedSecretRef, WebhookChangeRef, WebhookPageRef, WebhookRef, WebhookTestRef
} from '../../schemas/outbound/webhook.ts'

const common = { tags: ['webhooks'] }
const config = { access: ['webhooks.manage'] } as const
const params = Type.Object({ webhook_id: Id({ description: 'A webhook\'s id.' }) })
const ofOne = problems(400, 401, 403, 404)
const ofChange = problems(400, 401, 403, 404, 413, 415)

/** Webhooks: Belfry posts the events of the feed to other servers. */
const webhookRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { webhooks } = app

  app.post('/', {
    config,
    schema: {
      operationId: 'createWebhook',
      summary: 'Create a webhook',
      description: 'It is called for events from then on. Its secret is only in this answer; it is never shown again.',
      ...common,
      body: NewWebhookRef,
      response: { 201: CreatedWebhookRef, ...problems(400, 401, 403, 409, 413, 415) }
    }
  }, async ({ principal, body: { ordered = false, ...webhook } }, reply) => {
    await assertRecentPassword(app.store, principal)
    const created = await webhooks.create(principal, { ...webhook, isOrdered: ordered })
    return await reply.code(201).send({ ...toWebhook(created.webhook), secret: created.secret })
  })

  app.get('/', {
    config,
    schema: {
      operationId: 'listWebhooks',
      summary: 'List webhooks',
      ...common,
      querystring: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'How many, at most.' })),
        after: Type.Optional(Id({ description: 'A `next_after` of this list.' }))
      }, { additionalProperties: false }),
      response: { 200: WebhookPageRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { limit = 50, after } }) => {
    const { webhooks: found, next } = await webhooks.list(principal, { limit, after })
    return { items: found.map(toWebhook), next_after: next }
  })

  app.get('/:webhook_id', {
    config,
    schema: { operationId: 'getWebhook', summary: 'Get a webhook', ...common, params, response: { 200: WebhookRef, ...ofOne } }
  }, async ({ principal, params: { webhook_id: id } }) => toWebhook(await webhooks.get(principal, id)))

  app.patch('/:webhook_id', {
    config,
    schema: {
      operationId: 'changeWebhook',
      summary: 'Change a webhook, disable it or make it active',
      description: 'One that is made active goes on where it was, as far as the log still has it.',
      ...common,
      params,
      body: WebhookChangeRef,
      response: { 200: WebhookRef, ...ofChange }
    }
  }, async ({ principal, params: { webhook_id: id }, body: { ordered, ...change } }) => {
    await assertRecentPassword(app.store, principal)
    return toWebhook(await webhooks.change(principal, id, { ...change, ...(ordered === undefined ? {} : { isOrdered: ordered }) }))
  })

  app.delete('/:webhook_id', {
    config,
    schema: {
      operationId: 'removeWebhook', summary: 'Remove a webhook', description: 'What was not delivered is forgotten.', ...common, params, response: { 204: Type.Null({ description: 'Removed.' }), ...ofChange }
    }
  }, async ({ principal, params: { webhook_id: id } }, reply) => {
    await assertRecentPassword(app.store, principal)
    await webhooks.remove(principal, id)
    return await reply.code(204).send(null)
  })

  app.post('/:webhook_id/rotate', {
    config,
    schema: {
      operationId: 'rotateWebhook',
      summary: 'Give a webhook another secret',
      description: 'The secret before signs too for 24 hours more, so that no call fails while the receiver changes it.',
      ...common,
      params,
      response: { 200: RotatedSecretRef, ...ofChange }
    }
  }, async ({ principal, params: { webhook_id: id } }) => {
    await assertRecentPassword(app.store, principal)
    return { secret: await webhooks.rotate(principal, id) }
  })

  app.post('/:webhook_id/test', {
    config,
    schema: {
      operationId: 'testWebhook',
      summary: 'Call a webhook once',
      description: 'Posts an event of the type `webhook.test` and waits for the answer, 15 seconds at most. A disabled one is called, too. What came of it is only in this answer.',
      ...common,
      params,
      response: { 200: WebhookTestRef, ...ofChange }
    }
  }, async ({ principal, params: { webhook_id: id } }) => {
    await assertRecentPassword(app.store, principal)
    const attempt = await webhooks.test(principal, id)
    return attempt.isDone ? { state: 'delivered' as const, status: attempt.status } : { state: 'failed' as const, status: attempt.status, error: attempt.error }
  })

  app.get('/:webhook_id/attempts', {
    config,
    schema: {
      operationId: 'listAttempts',
      summary: 'See what came of the calls of a webhook',
      description: 'What is `pending`, what has `failed` (it is kept for 30 days), and the last 200 that were `delivered`; never their bodies.',
      ...common,
      params,
      querystring: AttemptsQuery,
      response: { 200: AttemptPageRef, ...ofOne }
    }
  }, async ({ principal, params: { webhook_id: id }, query: { state, limit = 50, before } }) => {
    const { calls, next } = await webhooks.attempts(principal, id, { state, limit, before })
    const items = calls.map(({ webhookId, n, at, status, error, nextAt, state, replaySince }) => ({
      webhook_id: webhookId, n, at: formatTimestamp(at), status, ...(error === null ? {} : { error }), ...(nextAt === null ? {} : { next_at: formatTimestamp(nextAt) }), state, replay_since: replaySince
    }))
    return { items, next_before: next }
  })

  app.post('/:webhook_id/replay', {
    config,
    schema: {
      operationId: 'replayWebhook',
      summary: 'Deliver again what came after a cursor',
      description: 'With the same `webhook-id`s as before. A cursor that the log does not have any more is a 400 `BLF_BAD_CURSOR`.',
      ...common,
      params,
      body: ReplayRef,
      response: { 200: ReplayedRef, ...ofChange }
    }
  }, async ({ principal, params: { webhook_id: id }, body: { since } }) => {
    await assertRecentPassword(app.store, principal)
    await webhooks.replay(principal, id, since)
    return { message: 'Replay started', cursor: since }
  })
}

function toWebhook ({ id, url, types, company, isOrdered, state, disabledReason, failingSince, missed, missedAt, createdAt }: WebhookStatus) {
  return {
    id, url, types, company, ordered: isOrdered, state, disabled_reason: disabledReason, failing_since: orNull(failingSince), missed, missed_at: orNull(missedAt), created_at: formatTimestamp(createdAt)
  }
}

const orNull = (at: number | null) => at === null ? null : formatTimestamp(at)

export default webhookRoutes
