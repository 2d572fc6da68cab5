import fp from 'fastify-plugin'
import { keysOfAudience } from '../src/log/audience.ts'
import { formatCursor, parseCursor } from '../src/protocol/cursor.ts'
import { draftOf, expired, isExpired, type Content } from '../src/notification/draft.ts'
import { problem } from '../src/errors.ts'
import { actorRef, senderOf, type Principal } from '../src/identity/principal.ts'
import { sendScope, usersToJudge } from '../src/identity/sending.ts'
import type { Audience } from '../schemas/audience.ts'
import type { ReadAll } from '../schemas/inbox.ts'
import type { ReadAllResult } from '../src/store/store.ts'

declare module 'fastify' {
  interface FastifyInstance { notifier: Notifier }
}

export interface Sending { principal: Principal, audience: Audience, content: Content, idempotencyKey?: string | undefined, dryRun?: boolean | undefined }
export interface SendReceipt { id: string, cursor: string, /** Where users are named: how many of them are nobody yet. */ unknown_users?: number }
export type SendResult = SendReceipt | { recipients: { users: number, connected: number, unknown: number } }

/** What REST routes and socket verbs do alike. Everything throws errors of the catalogue. */
export interface Notifier {
  /** Authorises, validates and appends a notification; on a dry run it only says who would get it. */
  send (sending: Sending): Promise<SendResult>
  recall (principal: Principal, id: string): Promise<void>
  readAll (userId: string, body: ReadAll | undefined): Promise<ReadAllResult>
  /** The `seq` a caller's cursor names; throws BLF_BAD_CURSOR if this log has no such place. */
  place (cursor: string): Promise<number>
}

export default fp(async (app) => {
  const { store, hub, directory } = app

  /** The company that an audience lies in, null if it is wider; throws if the principal may not address it. */
  async function authorise (principal: Principal, audience: Audience): Promise<string | null> {
    const keys = keysOfAudience(audience)
    const users = [...(await directory.users(usersToJudge(principal, keys))).values()]
    const companies = new Map(users.filter(user => user !== undefined).map(({ id, company }) => [id, company]))
    const scope = sendScope(principal, keys, companies)
    if (scope === undefined) throw problem('BLF_FORBIDDEN')
    return scope
  }

  async function recipientsOf (audience: Audience) {
    const [users, unknown] = await Promise.all([store.countAudience(audience), 'users' in audience ? store.countUnknown(audience.users) : 0])
    return { users, connected: hub.countConnected(keysOfAudience(audience)), unknown }
  }

  app.decorate('notifier', {
    async send ({ principal, audience, content, idempotencyKey, dryRun = false }: Sending) {
      const scope = await authorise(principal, audience)
      const draft = draftOf(content, { audience, sender: senderOf(principal), by: actorRef(principal), scope, idempotencyKey })
      // A retry may come after the expiry of what its first try has stored.
      if (isExpired(content) && (dryRun || !await store.isRetry(draft))) throw expired(content)
      if (dryRun) return { recipients: await recipientsOf(audience) }
      const { id, seq } = await store.notify(draft)
      const receipt = { id, cursor: formatCursor(store.epoch, seq) }
      if (!('users' in audience)) return receipt
      // As of the notification, for a retry gets the first answer; and it is stored, whether or not this can be counted.
      const unknown = await store.countUnknown(audience.users, seq).catch(() => undefined)
      return unknown === undefined ? receipt : { ...receipt, unknown_users: unknown }
    },

    async recall (principal: Principal, id: string) {
      await store.recall(id, actorRef(principal))
    },

    async readAll (userId: string, body: ReadAll | undefined) {
      const upTo = body?.before === undefined ? null : await this.place(body.before)
      return await store.readAll(userId, upTo, body?.topic ?? null)
    },

    async place (cursor: string) {
      const position = parseCursor(cursor)
      if (position?.epoch !== store.epoch || position.seq > await store.head()) throw problem('BLF_BAD_CURSOR')
      return position.seq
    }
  } satisfies Notifier)
}, { name: 'notifier', fastify: '5.x', dependencies: ['store', 'hub', 'auth'] })
