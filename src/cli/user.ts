import { randomBytes } from 'node:crypto'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { NewUser } from '../../schemas/user.ts'
import type { Config } from '../config.ts'
import { newId } from '../identity/ids.ts'
import { hashPassword } from '../identity/password.ts'
import { check, withStore } from './with-store.ts'

const options = {
  username: { type: 'string' },
  role: { type: 'string' },
  company: { type: 'string' },
  // Not as an argument: those can be read by every user of the machine.
  'password-stdin': { type: 'boolean' },
  'no-password': { type: 'boolean' }
} as const

/** `user create`: the new user's id, and its password if that was made here. */
export async function createUser (args: string[], config: Config): Promise<string> {
  const { 'password-stdin': isGiven, 'no-password': isWithout, ...values } = parseArgs({ args, options }).values
  const made = isGiven || isWithout ? undefined : randomBytes(15).toString('base64url')
  const password = isGiven ? (await text(process.stdin)).replace(/\r?\n$/, '') : made
  const { username, role, company = null } = check(NewUser, { ...values, ...(password === undefined ? {} : { password }) })
  const passwordHash = password === undefined ? null : await hashPassword(password)
  const user = { id: newId(), username, role, company, passwordHash }
  await withStore(config, store => store.createUser(user))
  return made === undefined ? user.id : `${user.id}\npassword: ${made}`
}
