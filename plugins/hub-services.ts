import fp from 'fastify-plugin'
import { contentOfSend } from '../src/notification/draft.ts'
import { problem } from '../src/errors.ts'
import type { Identity, Services } from '../src/socket/services.ts'
import { toUser } from '../src/notification/present.ts'
import { subjectOf, type KeyPrincipal, type Principal, type UserPrincipal } from '../src/identity/principal.ts'
import { mayEver, verbRights } from '../src/identity/rights.ts'
import type { Verb } from '../schemas/socket/client-frames.ts'

declare module 'fastify' {
  interface FastifyInstance {
    hubServices: Services
    /** A principal as its socket knows it. */
    toIdentity: (principal: Principal) => Identity
  }
}

/** Gives the sockets' verbs what REST routes use too. */
export default fp(async (app) => {
  const { store, tail, notifier, directory, limits } = app

  // What a key may do does not change in its life, so its socket can keep it.
  const keys = new WeakMap<Identity, KeyPrincipal>()

  function toIdentity (principal: Principal): Identity {
    if (principal.kind === 'user') {
      const { id, role, company, expiresAt, sessionId } = principal
      return { subject: subjectOf(principal), id, membership: { id, role, company }, expiresAt, sessionId }
    }
    const identity: Identity = { subject: subjectOf(principal), id: principal.id, membership: null, expiresAt: principal.expiresAt ?? null }
    keys.set(identity, principal)
    return identity
  }

  async function userOf (identity: Identity): Promise<UserPrincipal> {
    const user = await directory.user(identity.membership!.id)
    if (!user) throw problem('BLF_UNAUTHENTICATED')
    const { expiresAt, sessionId } = identity
    return { kind: 'user', ...user, expiresAt: expiresAt!, ...(sessionId === undefined ? {} : { sessionId }) }
  }

  /** A socket may be older than its user's last move, so rights are those of now. */
  async function principalOf (identity: Identity): Promise<Principal> {
    return keys.get(identity) ?? await userOf(identity)
  }

  /** Counts a verb as a request, and stops who has no right to it at all. */
  async function permit (identity: Identity, verb: Verb): Promise<Principal> {
    const principal = await principalOf(identity)
    await limits.principal(principal)
    if (!verbRights[verb].some(right => mayEver(principal, right))) throw problem('BLF_FORBIDDEN')
    return principal
  }

  app.decorate('toIdentity', toIdentity)
  app.decorate('hubServices', {
    log: store,
    reached: seq => tail.reached(seq),
    unread: membership => store.unread(membership.id, membership),
    async standing (identity) {
      if (identity.sessionId !== undefined && !await directory.isSessionOpen(identity.sessionId)) throw problem('BLF_UNAUTHENTICATED')
      const key = keys.get(identity)
      if (key) {
        if (!await directory.keyByHash(key.hash)) throw problem('BLF_UNAUTHENTICATED')
        return { membership: null, shown: { key: { id: key.id, name: key.name } } }
      }
      const user = await userOf(identity)
      const { id, role, company } = user
      const { membership } = identity
      const isThere = membership?.role === role && membership.company === company
      return { membership: isThere ? membership : { id, role, company }, shown: { user: toUser(user) } }
    },
    authenticate: async (token, ip) => toIdentity((await app.identify(token, ip)).principal),
    async send (identity, payload) {
      const principal = await permit(identity, 'send')
      return await notifier.send({ principal, audience: payload.audience, content: contentOfSend(payload, '/payload') })
    },
    mark: async (identity, verb, ids) => await notifier.mark(await permit(identity, verb), verb, ids),
    readAll: async (identity, payload) => await notifier.readAll(await permit(identity, 'read_all'), payload)
  })
}, { name: 'hub-services', fastify: '5.x', dependencies: ['store', 'tail', 'directory', 'auth', 'notifier'] })
