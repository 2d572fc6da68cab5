import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { newId } from './ids.ts'
import { hashPassword } from './password.ts'
import type { Store } from '../store/store.ts'

/** Makes the platform admin of a store that never had a user. A generated password is kept nowhere: it is told once. */
export async function ensureAdmin (store: Store, { ADMIN_USERNAME: username, ADMIN_PASSWORD: given }: Config, tell: (line: string) => void): Promise<void> {
  if (await store.countUsersEver() > 0) return
  const password = given ?? randomBytes(15).toString('base64url')
  const passwordHash = await hashPassword(password)
  // Before it is stored: a crash in between costs another password, not the only one.
  if (given === undefined) tell(`first start: the platform admin "${username}" has the password ${password} (shown only this once)`)
  const admin = await store.createFirstUser({ id: newId(), username, role: 'admin', company: null, passwordHash })
  // Nodes that start together on a new database: one of them is first.
  if (!admin && given === undefined) tell('another node made the platform admin first: its password counts, not the one above')
}
