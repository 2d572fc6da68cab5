import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { newId } from './ids.ts'
import { hashPassword } from './password.ts'
import type { Store } from '../store/store.ts'

/** Creates the platform admin if the store has never had a user. A generated password is shown once through `printLine`; only its hash is stored. */
export async function ensureAdmin (store: Store, { ADMIN_USERNAME: username, ADMIN_PASSWORD: given }: Config, printLine: (line: string) => void): Promise<void> {
  if (await store.countUsersEver() > 0) return
  const password = given ?? randomBytes(15).toString('base64url')
  const passwordHash = await hashPassword(password)
  // Shown before the user is stored, so that a crash in between loses nothing: the next start generates another password.
  if (given === undefined) printLine(`first start: the platform admin "${username}" has the password ${password} (shown only this once)`)
  const admin = await store.createFirstUser({ id: newId(), username, role: 'admin', company: null, passwordHash })
  // When several nodes start on a new database, one of them creates the user.
  if (!admin && given === undefined) printLine('another node created the platform admin first: the password above is not valid, that node\'s is')
}
