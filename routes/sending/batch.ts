import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyValidationResult } from 'fastify/types/schema.js'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { toProblem } from '../../plugins/http/error-handler.ts'
import { isBelfryError, isOutage, problem, retryAfterOf } from '../../src/errors.ts'
import { fieldErrors } from '../../src/http/field-errors.ts'
import { isLargerThan } from '../../src/http/json-size.ts'
import { toProblemBody } from '../../src/http/problem.ts'
import { contentOfSend } from '../../src/notification/draft.ts'
import type { Sending } from '../../src/notification/notifier.ts'
import type { Principal } from '../../src/rights/principal.ts'
import { quotaHeaders } from '../../src/protocol/quota.ts'
import { BatchRef, BatchResultRef } from '../../schemas/sending/batch.ts'
import { problems } from '../../schemas/problem.ts'
import { IdempotencyHeader, SendRef, type Send } from '../../schemas/send.ts'

const BODY_LIMIT = 4 * 1024 * 1024
/** As large as the body of a single send may be. */
const ITEM_LIMIT = 65_536
/** How long items are validated before others are served, milliseconds. */
const TURN_MS = 5

const batchRoutes: FastifyPluginAsyncTypebox = async (app) => {
  let validate: FastifyValidationResult | undefined

  /** The sending of an item. Throws errors of the catalogue, with paths from the body's root. */
  function sendingOf (principal: Principal, item: unknown, index: number, callKey: string | undefined): Sending {
    const path = `/items/${index}`
    if (isLargerThan(ITEM_LIMIT, item)) throw problem('BLF_TOO_LARGE', `An item must not be larger than ${ITEM_LIMIT} bytes.`)
    validate ??= app.validatorCompiler!({ schema: SendRef, method: 'POST', url: '/batch', httpPart: 'body' })
    if (!validate(item)) {
      const errors = fieldErrors(validate.errors as never)
      throw problem('BLF_VALIDATION', undefined, errors.map(error => ({ ...error, path: error.path === '/' ? path : `${path}${error.path}` })))
    }
    const body = item as Send
    // Keys of single sends have no spaces.
    const idempotencyKey = callKey === undefined ? undefined : `${callKey} ${index}`
    return { principal, audience: body.audience, content: contentOfSend(body, path), idempotencyKey }
  }

  app.post('/batch', {
    bodyLimit: BODY_LIMIT,
    config: { access: ['send.all', 'send.company'] },
    schema: {
      operationId: 'sendBatch',
      summary: 'Send several notifications in one call',
      description: `Sends up to 500 notifications, in order. They share commits, so that many cost little more than one. Each is sent or refused by itself: the answer is a 200 with one entry for each item, in the same order, which has the \`id\` and \`cursor\` of the notification (with \`send_at\`, this instead of a cursor), or a problem with the paths of this body. It is a 503 or 507 only if nothing was stored because of the store.

Each item counts as a request. Where a limit is reached in between, the items before it are sent and the others get BLF_RATE_LIMITED; \`Retry-After\` says when to send those again.

To make a retry safe, give each item an \`id\`, or the call an \`Idempotency-Key\`, which then counts for each item at its index. The same \`id\` twice in a call is a retry within it. There is no dry run, and no \`unknown_users\`.`,
      tags: ['notifications'],
      headers: IdempotencyHeader,
      // Without parameters, so that `?dry_run=true` is refused: it must not send.
      querystring: Type.Object({}, { additionalProperties: false }),
      body: BatchRef,
      response: { 200: BatchResultRef, ...problems(400, 401, 403, 413, 415) }
    }
  }, async (request, reply) => {
    const { principal, body: { items }, headers } = request
    // The first item is the request itself, which has been counted.
    const { granted, quota, refusal } = await app.limits.further(items.length - 1, principal)
    if (quota) reply.headers(quotaHeaders(quota))
    const sendings: (Sending | Error)[] = []
    let since = performance.now()
    for (const [index, item] of items.entries()) {
      if (index > granted) {
        sendings.push(refusal!)
        continue
      }
      try {
        sendings.push(sendingOf(principal, item, index, headers['idempotency-key']))
      } catch (error) {
        sendings.push(error as Error)
      }
      if (performance.now() - since > TURN_MS) {
        await turn()
        since = performance.now()
      }
    }
    const results = await app.notifier.sendEach(sendings)
    const outage = results.find(isOutage)
    // A 2xx is for what was stored, and a caller without any should come back with the whole call.
    if (outage && results.every(result => result instanceof Error)) throw outage
    const waits = results.flatMap(result => isBelfryError(result) ? retryAfterOf(result) ?? [] : [])
    if (waits.length > 0) reply.header('retry-after', Math.max(...waits))
    return {
      items: results.map(result => {
        if (!(result instanceof Error)) return result
        const known = toProblem(result as never)
        if (!isBelfryError(result)) request.log.error({ err: result }, 'an item of a batch failed')
        app.countRefusal(known.code)
        return toProblemBody(known, request.id)
      })
    }
  })
}

export default batchRoutes
