import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { readTime } from '../../src/notification/draft.ts'
import { toSent } from '../../src/notification/present.ts'
import { formatCursor } from '../../src/protocol/cursor.ts'
import { senderOf, type Principal } from '../../src/rights/principal.ts'
import { may } from '../../src/rights/rights.ts'
import type { SentReach } from '../../src/store/sent.ts'
import { Id } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'
import { SentNotificationRef, SentPageRef, SentQuery } from '../../schemas/sending/sent.ts'

const config = { access: ['sent.read'] } as const

/** What was sent, as its senders see it. */
const sentRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', {
    config,
    schema: {
      operationId: 'listSent',
      summary: 'List what was sent, newest first',
      description: `As long as the log keeps it. Company admins see what they sent and what was addressed to their company and to nothing else.

A search with filters that match few looks at 10,000 notifications a page. A page may then have fewer items than \`limit\`, or none, and a \`next_before\` all the same: it is the last page only if \`next_before\` is null.`,
      tags: ['notifications'],
      querystring: SentQuery,
      response: { 200: SentPageRef, ...problems(400, 401, 403) }
    }
  }, async ({ principal, query: { limit = 50, before, from, to, ...filter } }) => {
    const { records, nextBefore } = await app.store.sent({
      ...filter,
      limit,
      reach: reachOf(principal),
      before: before === undefined ? undefined : await app.notifier.seqOf(before),
      from: readTime('/querystring/from', from),
      to: readTime('/querystring/to', to)
    })
    return { items: records.map(toSent), next_before: nextBefore === null ? null : formatCursor(app.store.epoch, nextBefore) }
  })

  app.get('/:notification_id', {
    config,
    schema: {
      operationId: 'getSent',
      summary: 'See a notification that was sent',
      tags: ['notifications'],
      params: Type.Object({ notification_id: Id() }),
      response: { 200: SentNotificationRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { notification_id: id } }) => {
    const record = await app.store.sentNotification(id)
    if (!may(principal, 'sent.read', record ? { owner: record.owner, company: record.scope } : {})) throw problem('BLF_FORBIDDEN')
    if (!record) throw problem('BLF_NOTIFICATION_NOT_FOUND', 'There is no such notification.')
    return toSent(record)
  })
}

function reachOf (principal: Principal): SentReach {
  if (may(principal, 'sent.read')) return null
  const company = principal.kind === 'user' ? principal.company : null
  return { owner: senderOf(principal), company: may(principal, 'sent.read', { company }) ? company : null }
}

export default sentRoutes
