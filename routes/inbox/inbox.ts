import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { toCounts, toItem } from '../../src/notification/present.ts'
import type { Principal } from '../../src/rights/principal.ts'
import { may } from '../../src/rights/rights.ts'
import { InboxPageRef, InboxQuery, UnreadCountRef } from '../../schemas/inbox/inbox.ts'
import { NAME, UserId } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'

const UserParams = Type.Object({ user_id: UserId({ pattern: NAME, description: 'A user\'s id, percent-encoded, or `me`.', examples: ['me'] }) })

/** Reads inboxes: the principal's own, and those of other users with the right `inbox.read`. */
const inboxRoutes: FastifyPluginAsyncTypebox = async (app) => {
  /** Resolves `me` or a user id. Throws BLF_FORBIDDEN if the principal may not read that inbox, BLF_USER_NOT_FOUND if there is no such user. */
  async function readableUser (principal: Principal, userId: string): Promise<string> {
    if (principal.kind === 'user' && (userId === 'me' || userId === principal.id)) return principal.id
    const user = await app.directory.user(userId)
    if (!may(principal, 'inbox.read', { company: user?.company ?? null })) throw problem('BLF_FORBIDDEN')
    if (!user) throw problem('BLF_USER_NOT_FOUND')
    return user.id
  }

  app.get('/:user_id', {
    config: { access: ['inbox.read'] },
    schema: {
      operationId: 'listNotifications',
      summary: 'Read an inbox, newest first',
      tags: ['notifications'],
      params: UserParams,
      querystring: InboxQuery,
      response: { 200: InboxPageRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params, query }) => {
    const { limit = 50, before, ...filter } = query
    const userId = await readableUser(principal, params.user_id)
    const page = before === undefined ? {} : { before: await app.notifier.seqOf(before) }
    const { entries, more, unread, unseen, seq } = await app.store.inbox(userId, { limit, ...page, ...filter })
    const items = entries.map(entry => toItem(app.store.epoch, entry))
    return { items, next_before: more ? items.at(-1)!.cursor : null, ...toCounts(app.store.epoch, { unread, unseen, seq }) }
  })

  app.get('/:user_id/unread-count', {
    config: { access: ['inbox.read'] },
    schema: {
      operationId: 'countUnread',
      summary: 'Count unread notifications',
      tags: ['notifications'],
      params: UserParams,
      response: { 200: UnreadCountRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params }) => {
    const { count: unread, unseen, seq } = await app.store.unread(await readableUser(principal, params.user_id))
    return toCounts(app.store.epoch, { unread, unseen, seq })
  })
}

export default inboxRoutes
