import { parseArgs } from 'node:util'
import { NewUser, UserChange } from '../../schemas/identity/user.ts'
import type { Config } from '../config.ts'
import { newId } from '../identity/ids.ts'
import { hashPassword } from '../identity/password.ts'
import { validateOptions } from './options.ts'
import { newPassword, passwordOptions } from './password.ts'
import { findUser, readWho } from './user.ts'
import { withStore } from './with-store.ts'

const text = { type: 'string' } as const

/** `user create`: prints the new user's id, and the password if it was generated. */
export async function createUser (args: string[], config: Config): Promise<string> {
  const options = { id: text, username: text, role: text, company: text, name: text, email: text, 'no-password': { type: 'boolean' }, ...passwordOptions } as const
  const { 'password-stdin': isGiven, prompt: isPrompted, 'no-password': isWithout, ...values } = parseArgs({ args, options }).values
  const { password, made } = isWithout ? {} : await newPassword({ 'password-stdin': isGiven, prompt: isPrompted })
  const { id = newId(), company = null, password: _, ...user } = validateOptions(NewUser, { ...values, ...(password === undefined ? {} : { password }) })
  const passwordHash = password === undefined ? null : await hashPassword(password)
  await withStore(config, store => store.createUser({ ...user, id, company, passwordHash }))
  return made === undefined ? id : `${id}\npassword: ${made}`
}

/** `user password`: sets a new password for a user who forgot the old one. */
export async function changePassword (args: string[], config: Config): Promise<string> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { id: { type: 'boolean' }, ...passwordOptions } as const })
  const who = readWho(positionals)
  return await withStore(config, async store => {
    const { id, username } = await findUser(store, who, values.id)
    if (username === null) throw new Error(`the user ${id} has no username and so cannot log in: its tokens are minted elsewhere`)
    const { password, made } = await newPassword(values)
    validateOptions(UserChange, { password })
    await store.changeUser(id, { passwordHash: await hashPassword(password) })
    return made === undefined ? id : `${id}\npassword: ${made}`
  })
}
