import { hashPassword } from '../../../src/identity/password.ts'
import { mint, people, type App } from '../../helper.ts'
import { as, enrol, login, makeKey, PASSWORD } from '../accounts.ts'
import { stateBy } from './commits.ts'

export const users = ['bob', 'erin', 'carol', 'alice', 'dave', 'root'] as const
export const keys = ['key inbox:read', 'key send:all', 'key send:company:company_a', 'key send:company:company_b', 'key users:write', 'key groups:write', 'key groups:write:company_a', 'key topics:write', 'key reports:read', 'key events:read', 'key events:read:company_a', 'key metrics:read'] as const
/** Who are nobody: without credentials, or with ones that ended. */
export const nobodies = ['anonymous', 'expired', 'logged out', 'removed', 'revoked key'] as const
export const actors = [...nobodies, ...users, ...keys] as const
export type Actor = typeof actors[number]

/** Who may see nothing of company B, and nothing of company A. */
export const strangersToB: Actor[] = [...nobodies, 'bob', 'erin', 'alice', 'key send:company:company_a', 'key users:write', 'key metrics:read', 'key send:all', 'key send:company:company_b']
export const strangersToA: Actor[] = [...nobodies, 'carol', 'erin', 'dave', 'key send:company:company_a', 'key users:write', 'key metrics:read', 'key send:all', 'key send:company:company_b']

/** The credential of every actor; users have passwords too. */
export async function makeActors (app: App): Promise<Record<Actor, string | undefined>> {
  const passwordHash = await hashPassword(PASSWORD)
  for (const { sub, role, ...rest } of Object.values(people)) {
    await app.store.createUser({ id: sub, username: sub, role, company: 'company' in rest ? rest.company : null, passwordHash })
  }
  const now = Math.floor(Date.now() / 1000)
  await enrol(app, { id: 'former', role: 'admin' })
  const session = await login(app, 'former')
  await as(app, session.access_token, 'POST', '/api/auth/logout')
  const removed = { sub: 'gone', role: 'admin' }
  await app.store.applyClaims({ id: 'gone', role: 'admin', company: null, iat: now })
  await app.store.removeUser('gone')
  const revoked = await makeKey(app, 'revoked', ['inbox:read', 'send:all', 'users:write', 'metrics:read'])
  await app.store.revokeKey('revoked')
  const ofKeys = await Promise.all(keys.map(async name => [name, await makeKey(app, name.replace(/\W/g, '-'), [name.slice('key '.length)])]))
  return {
    anonymous: undefined,
    expired: mint(people.root, { iat: now - 1000, exp: now - 1 }),
    'logged out': session.access_token,
    removed: mint(removed, { iat: now - 10 }),
    'revoked key': revoked,
    ...Object.fromEntries(users.map(name => [name, mint(people[name])])),
    ...Object.fromEntries(ofKeys)
  } as Record<Actor, string | undefined>
}

async function stored ({ store }: App): Promise<string> {
  const users = await store.users({ limit: 10_000 })
  const keys = (await store.keys()).map(({ lastUsedAt, ...key }) => key)
  return JSON.stringify([await store.head(), users, keys, await store.plans({ limit: 10_000 })])
}

/** Everything that a request could have changed and should not have. */
export const stateOf = async (app: App): Promise<string> => await stateBy(app, stored)
