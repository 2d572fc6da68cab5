import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { toNewKey } from '../src/identity/api-key.ts'
import { actorRef } from '../src/rights/principal.ts'
import { assertRecentPassword } from '../src/identity/recent-password.ts'
import { newSecret } from '../src/identity/opaque.ts'
import { KEY_PREFIX } from '../src/protocol/credential.ts'
import type { KeyRecord } from '../src/store/credentials.ts'
import { formatTimestamp } from '../src/protocol/timestamp.ts'
import { CreatedKeyRef, KeyListRef, NewKeyRef } from '../schemas/identity/key.ts'
import { Id } from '../schemas/primitives.ts'
import { problems } from '../schemas/problem.ts'

const common = { tags: ['keys'] }
const config = { access: ['keys.manage'] } as const

/** Manages API keys; only platform admins may. */
const keysRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/', {
    config,
    schema: {
      operationId: 'createKey',
      summary: 'Create an API key',
      description: 'The key is only in this answer; it is never shown again.',
      ...common,
      body: NewKeyRef,
      response: { 201: CreatedKeyRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async ({ principal, body }, reply) => {
    await assertRecentPassword(app.store, principal)
    const { secret, hash } = newSecret(KEY_PREFIX)
    const record = await app.store.createKey(toNewKey(body, hash), actorRef(principal))
    return await reply.code(201).send({ ...toKey(record), key: secret })
  })

  app.get('/', {
    config,
    schema: { operationId: 'listKeys', summary: 'List API keys', ...common, response: { 200: KeyListRef, ...problems(401, 403) } }
  }, async () => ({ items: (await app.store.keys()).map(toKey) }))

  app.delete('/:key_id', {
    config,
    schema: {
      operationId: 'revokeKey',
      summary: 'Revoke an API key',
      description: 'The key stops working at once, on every node.',
      ...common,
      params: Type.Object({ key_id: Id() }),
      response: { 204: Type.Null({ description: 'Revoked.' }), ...problems(400, 401, 403, 404, 413, 415) }
    }
  }, async ({ principal, params: { key_id: id } }, reply) => {
    await assertRecentPassword(app.store, principal)
    await app.store.revokeKey(id, actorRef(principal))
    return await reply.code(204).send(null)
  })
}

function toKey ({ id, name, scopes, createdAt, lastUsedAt, rateLimit, expiresAt }: KeyRecord) {
  const time = (at: number | null) => at === null ? null : formatTimestamp(at)
  return { id, name, scopes, created_at: formatTimestamp(createdAt), last_used_at: time(lastUsedAt), rate_limit: rateLimit, expires_at: time(expiresAt) }
}

export default keysRoutes
