import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problem } from '../../src/errors.ts'
import { toPreferences } from '../../src/notification/present.ts'
import { checkChange } from '../../src/preferences/change.ts'
import type { PreferencesChange } from '../../src/protocol/preferences.ts'
import { actorRef, type Principal } from '../../src/rights/principal.ts'
import { may } from '../../src/rights/rights.ts'
import { PreferencesChangeRef, PreferencesRef, PreferencesReplacementRef } from '../../schemas/preferences/preferences.ts'
import { NAME, UserId } from '../../schemas/primitives.ts'
import { problems } from '../../schemas/problem.ts'

const params = Type.Object({ user_id: UserId({ pattern: NAME, description: 'A user\'s id, percent-encoded, or `me`.', examples: ['me'] }) })
const common = { tags: ['preferences'], params }
const changing = {
  ...common,
  description: 'A new choice that differs from what a lock says is refused with 409 `BLF_PREFERENCE_LOCKED`; what was chosen before stays, and holds again without the lock. The user\'s sockets get `preferences.changed`.',
  response: { 200: PreferencesRef, ...problems(400, 401, 403, 409, 413, 415) }
}

/** What users want of which topics. Everybody changes their own; admins read those of their users. */
const preferencesRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/:user_id', {
    config: { access: ['preferences.read'] },
    schema: {
      operationId: 'getPreferences',
      summary: 'Get preferences, and what holds',
      ...common,
      response: { 200: PreferencesRef, ...problems(400, 401, 403, 404) }
    }
  }, async ({ principal, params: { user_id: given } }) => {
    const isOwn = principal.kind === 'user' && (given === 'me' || given === principal.id)
    const user = isOwn ? principal : await app.directory.user(given)
    if (!isOwn && !may(principal, 'preferences.read', { company: user?.company ?? null })) throw problem('BLF_FORBIDDEN')
    const found = user && await app.store.preferences(user.id)
    if (!found) throw problem('BLF_USER_NOT_FOUND')
    return toPreferences(app.store.epoch, found)
  })

  app.put('/:user_id', {
    config: { access: ['preferences.change'] },
    schema: {
      operationId: 'replacePreferences',
      summary: 'Replace one\'s own preferences',
      ...changing,
      body: PreferencesReplacementRef
    }
  }, async ({ principal, params, body }) => await change(principal, params.user_id, body, 'replace'))

  app.patch('/:user_id', {
    config: { access: ['preferences.change'] },
    schema: {
      operationId: 'changePreferences',
      summary: 'Change one\'s own preferences',
      ...changing,
      body: PreferencesChangeRef
    }
  }, async ({ principal, params, body }) => await change(principal, params.user_id, body, 'merge'))

  async function change (principal: Principal, given: string, body: PreferencesChange, how: 'merge' | 'replace') {
    if (principal.kind !== 'user' || (given !== 'me' && given !== principal.id)) throw problem('BLF_FORBIDDEN')
    checkChange(body)
    return toPreferences(app.store.epoch, await app.store.changePreferences(principal.id, body, how, actorRef(principal)))
  }
}

export default preferencesRoutes
