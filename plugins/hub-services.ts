import fp from 'fastify-plugin'
import { contentOfSend } from '../src/notification/draft.ts'
import { problem } from '../src/errors.ts'
import { assertNotRevoked, currentPrincipal } from '../src/identity/current.ts'
import type { Principal } from '../src/rights/principal.ts'
import { quietUntil } from '../src/preferences/quiet.ts'
import { mayEver, verbRights } from '../src/rights/rights.ts'
import { toUser } from '../src/notification/present.ts'
import { identityOf, type Identity } from '../src/session/identity.ts'
import type { Services } from '../src/socket/services.ts'
import type { Verb } from '../src/protocol/client-frames.ts'

declare module 'fastify' {
  interface FastifyInstance { hubServices: Services }
}

/** The services behind the socket verbs: the same store, notifier and limits that REST routes use. */
export default fp(async (app) => {
  const { store, tail, notifier, directory, limits, ledger } = app

  /** Counts a verb as a request and checks it against the principal's current rights. Throws BLF_RATE_LIMITED, BLF_FORBIDDEN or BLF_UNAUTHENTICATED. */
  async function permit (identity: Identity, verb: Verb): Promise<Principal> {
    const principal = await currentPrincipal(directory, identity.principal)
    await limits.principal(principal)
    if (!verbRights[verb].some(right => mayEver(principal, right))) throw problem('BLF_FORBIDDEN')
    return principal
  }

  app.decorate('hubServices', {
    log: store,
    reached: seq => tail.reached(seq),
    joined: userId => store.joined(userId),
    unread: userId => store.unread(userId),
    async mutes (userId) {
      const { quietHours, ...mutes } = await store.userMutes(userId)
      return { ...mutes, quietUntil: quietHours && quietUntil(quietHours, Date.now()) }
    },
    async currentSubscriber (identity) {
      await assertNotRevoked(directory, identity.principal)
      const principal = await currentPrincipal(directory, identity.principal)
      if (principal.kind === 'key') return { membership: null, profile: { key: { id: principal.id, name: principal.name } } }
      const { membership } = identity
      const hasMoved = membership?.role !== principal.role || membership.company !== principal.company
      return { membership: hasMoved ? principal : membership, profile: { user: toUser(principal) } }
    },
    authenticate: async (token, ip) => identityOf((await app.identify(token, ip)).principal),
    renew: async (token, ip) => identityOf((await app.identify(token, ip, 'renewal')).principal),
    send: async (identity, payload) => await notifier.send({
      principal: await permit(identity, 'send'), audience: payload.audience, content: contentOfSend(payload, '/payload')
    }),
    mark: async (identity, verb, { ids, since }) => await notifier.mark(await permit(identity, verb), verb, ids, since),
    acknowledge: async (identity, ids) => await notifier.acknowledge(await permit(identity, 'acknowledge'), ids),
    readAll: async (identity, payload) => await notifier.readAll(await permit(identity, 'read_all'), payload),
    see: async (identity, cursor) => await notifier.see(await permit(identity, 'seen'), cursor),
    ack: (connection, cursor) => ledger.ofConnection(connection, cursor),
    ended: connection => ledger.ended(connection),
    act: async (identity, id, action) => await notifier.act(await permit(identity, 'act'), id, action)
  })
}, { name: 'hub-services', fastify: '5.x', dependencies: ['store', 'tail', 'directory', 'auth', 'notifier', 'ledger'] })
