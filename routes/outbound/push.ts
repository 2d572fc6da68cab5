import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { formatTimestamp } from '../../src/protocol/timestamp.ts'
import type { PushSubscriptionRecord } from '../../src/store/contract/pushes.ts'
import { Id } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { NewPushSubscriptionRef, PushKeyRef, PushReceiptRef, PushSubscriptionListRef, PushSubscriptionRef } from '../../schemas/outbound/push.ts'

const tags = ['push']
const config = { access: ['push.use'] } as const

/** Web Push: where users get notifications while no page is open. */
const pushRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { push } = app

  app.get('/key', {
    config,
    schema: {
      operationId: 'getPushKey',
      summary: 'Get the key to subscribe with',
      description: 'The `applicationServerKey` of `pushManager.subscribe`. `BLF_PUSH_OFF` if this server does not push.',
      tags,
      response: { 200: PushKeyRef, ...problems(401, 403, 404) }
    }
  }, async () => ({ key: push.key }))

  app.post('/subscriptions', {
    config,
    schema: {
      operationId: 'registerPushSubscription',
      summary: 'Register a push subscription',
      description: 'Give what `PushSubscription.toJSON()` says. Registering an endpoint again renews it (200); it is then the caller\'s, whoever had it before. A user has ten at the most: one more ends the one that was not renewed for the longest time. It ends with the session that registered it, at logout for example, and when the push service says that it is gone.',
      tags,
      body: NewPushSubscriptionRef,
      response: { 200: PushSubscriptionRef, 201: PushSubscriptionRef, ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, body }, reply) => {
    const { subscription, created } = await push.register(principal, body)
    return await reply.code(created ? 201 : 200).send(toSubscription(subscription))
  })

  app.get('/subscriptions', {
    config,
    schema: { operationId: 'listPushSubscriptions', summary: 'List your push subscriptions', tags, response: { 200: PushSubscriptionListRef, ...problems(401, 403) } }
  }, async ({ principal }) => ({ items: (await push.list(principal)).map(toSubscription) }))

  app.delete('/subscriptions/:subscription_id', {
    config,
    schema: {
      operationId: 'removePushSubscription',
      summary: 'Remove a push subscription',
      tags,
      params: Type.Object({ subscription_id: Id({ description: 'A subscription\'s id.' }) }),
      response: { 204: Type.Null({ description: 'Removed.' }), ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, params: { subscription_id: id } }, reply) => {
    await push.remove(principal, id)
    return await reply.code(204).send(null)
  })

  app.post('/receipt', {
    config: { access: 'anyone' },
    onRequest: request => app.limits.address(request.ip),
    schema: {
      operationId: 'takePushReceipt',
      summary: 'Say what became of a push',
      description: 'For service workers, which have no token: the `receipt` of the message stands for it, and is good once for each state; to open it (`acted` alone) and to choose an action are two. The notification is then delivered to the subscription\'s device; with `action`, the user has chosen that action.',
      tags,
      body: PushReceiptRef,
      response: { 204: Type.Null({ description: 'Noted.' }), ...problems(400, 404, 413, 415) }
    }
  }, async ({ body, ip }, reply) => {
    await push.take(body)
    app.limits.refundAddress(ip)
    return await reply.code(204).send(null)
  })
}

function toSubscription ({ id, endpoint, device, createdAt, renewedAt, expiresAt }: PushSubscriptionRecord) {
  return { id, endpoint, device, created_at: formatTimestamp(createdAt), renewed_at: formatTimestamp(renewedAt), expires_at: expiresAt === null ? null : formatTimestamp(expiresAt) }
}

export default pushRoutes
