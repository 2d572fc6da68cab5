import fp from 'fastify-plugin'
import { contentOfSend } from '../src/draft.ts'
import { problem } from '../src/errors.ts'
import type { Identity, Services } from '../src/hub/services.ts'
import { toUser } from '../src/present.ts'
import type { UserPrincipal } from '../src/principal.ts'

declare module 'fastify' {
  interface FastifyInstance {
    hubServices: Services
    /** A user as its socket knows it. */
    toIdentity: (principal: UserPrincipal) => Identity
  }
}

/** Gives the sockets' verbs what REST routes use too. */
export default fp(async (app) => {
  const { store, tail, notifier, directory } = app

  /** A socket may be older than its user's last move, so rights are those of now. */
  async function principalOf ({ user, expiresAt }: Identity): Promise<UserPrincipal> {
    const record = await directory.get(user.id)
    if (!record) throw problem('BLF_UNAUTHENTICATED')
    return { kind: 'user', ...record, expiresAt }
  }

  const toIdentity = (principal: UserPrincipal): Identity => {
    const { id, role, company, expiresAt } = principal
    return { membership: { id, role, company }, user: toUser(principal), expiresAt }
  }

  app.decorate('toIdentity', toIdentity)
  app.decorate('hubServices', {
    log: store,
    reached: seq => tail.reached(seq),
    unread: userId => store.unread(userId),
    authenticate: async token => toIdentity(await app.identify(token)),
    async send (identity, payload) {
      const principal = await principalOf(identity)
      const result = await notifier.send({ principal, audience: payload.audience ?? { all: true }, content: contentOfSend(payload) })
      return result as { id: string, cursor: string }
    },
    async mark ({ user }, verb, ids, origin) {
      const result = await store.mark(user.id, verb, ids, origin)
      return { ...result, unread: (await store.unread(user.id)).count }
    },
    readAll: ({ user }, payload, origin) => notifier.readAll(user.id, payload, origin)
  })
}, { name: 'hub-services', fastify: '5.x', dependencies: ['store', 'hub', 'auth', 'notifier'] })
