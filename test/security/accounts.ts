import type { Test } from 'tap'
import { newSecret } from '../../src/identity/opaque.ts'
import { KEY_PREFIX } from '../../src/protocol/credential.ts'
import { hashPassword } from '../../src/identity/password.ts'
import { call, Subscriber, type Answer, type App } from '../helper.ts'

export const PASSWORD = 'correct horse battery'
// One hash for all: making it is meant to be slow.
const passwordHash = await hashPassword(PASSWORD)

export interface Account { id: string, username?: string, role?: string, company?: string | null }

/** A user with a password; the id is the name too. */
export async function enrol (app: App, { id, username = id, role = 'user', company = null }: Account): Promise<void> {
  await app.store.createUser({ id, username, role, company, passwordHash })
}

export interface Login { access_token: string, refresh_token: string, expires_in: number }

export async function login (app: App, username: string, password = PASSWORD): Promise<Login> {
  const { status, body } = await call(app, null, 'POST', '/api/auth/login', { username, password })
  if (status !== 200) throw new Error(`login was answered ${status}`)
  return body as Login
}

export const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

/** A request with a token, key or whatever stands in for one. */
export async function as (app: App, token: string, method: Parameters<typeof call>[2], url: string, body?: unknown): Promise<Answer> {
  return await call(app, null, method, url, body, bearing(token))
}

/** An API key with these scopes, straight from the store. */
export async function makeKey (app: App, id: string, scopes: string[]): Promise<string> {
  const { secret, hash } = newSecret(KEY_PREFIX)
  await app.store.createKey({ id, name: id, scopes, hash })
  return secret
}

/** A socket opened with a token or key, after its welcome. */
export async function open (t: Test, base: string, token: string, query = ''): Promise<Subscriber> {
  const subscriber = new Subscriber(`${base}/ws/notifications${query}`, { headers: bearing(token) })
  t.teardown(() => subscriber.close())
  await subscriber.next('welcome')
  return subscriber
}
