import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import type { Config } from './config.ts'
import { hashPassword } from './password.ts'
import type { Store } from './store/store.ts'

/**
 * Makes the platform admin of a new store. Returns the password if it was generated: it is kept
 * nowhere, so it has to be shown now.
 */
export async function ensureAdmin (store: Store, { ADMIN_USERNAME: username, ADMIN_PASSWORD: given }: Config): Promise<string | undefined> {
  if (await store.countUsersEver() > 0) return undefined
  const password = given ?? randomBytes(15).toString('base64url')
  await store.createUser({ id: uuidv7(), username, role: 'admin', company: null, passwordHash: await hashPassword(password) })
  return given === undefined ? password : undefined
}
