import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { formatTimestamp } from '../protocol/timestamp.ts'
import type { Store, UserRecord } from '../store/store.ts'
import { withStore } from './with-store.ts'

const PAGE = 200

/** Finds a user by id or username. Throws if there is none, or if the name matches two users. */
export async function findUser (store: Store, given: string, isId = false): Promise<UserRecord> {
  const name = given.normalize('NFC')
  const byId = await store.user(name)
  const byName = isId ? undefined : await store.userByName(name)
  if (byId && byName && byId.id !== byName.id) throw new Error(`"${name}" is the id of one user and the username of another, whose id is ${byName.id}: give that id, or --id to mean the first`)
  const found = byId ?? byName
  if (!found) throw new Error(`there is no user with the id ${isId ? '' : 'or username '}"${name}"; \`user list\` shows them`)
  return found
}

/** The one argument of a command that takes a user. */
export function readWho (positionals: string[]): string {
  const [who, ...rest] = positionals
  if (who === undefined || rest.length > 0) throw new Error('give one user, by id or username')
  return who
}

function parseWho (args: string[]) {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { id: { type: 'boolean' } } })
  return { who: readWho(positionals), isId: values.id }
}

const line = ({ id, username, role, company }: UserRecord) => [id, username ?? '-', role, company ?? '-'].join('\t')

/** `user list`: one line per user. */
export async function listUsers (args: string[], config: Config): Promise<string> {
  const option = { type: 'string' } as const
  const { values } = parseArgs({ args, options: { q: option, company: option, role: option } })
  const filter = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value!.normalize('NFC')]))
  return await withStore(config, async store => {
    const lines: string[] = []
    for (let page: UserRecord[] = [], after = ''; lines.length === 0 || page.length === PAGE; after = page.at(-1)!.id) {
      page = await store.users({ ...filter, after, limit: PAGE })
      if (page.length === 0) break
      lines.push(...page.map(line))
    }
    return lines.join('\n') || 'no users'
  })
}

/** `user show`: prints a user and the number of its open sessions. */
export async function showUser (args: string[], config: Config): Promise<string> {
  const { who, isId } = parseWho(args)
  return await withStore(config, async store => {
    const user = await findUser(store, who, isId)
    const sessions = await store.sessions(user.id)
    const { id, username, name, role, company, email, createdAt } = user
    return `id: ${id}\nusername: ${username ?? '-'}\nname: ${name ?? '-'}\nrole: ${role}\ncompany: ${company ?? '-'}\nemail: ${email ?? '-'}\ncreated: ${formatTimestamp(createdAt)}\nopen sessions: ${sessions.length}`
  })
}

/** `user remove`: removes a user; a running server closes its sockets within a second. */
export async function removeUser (args: string[], config: Config): Promise<string> {
  const { who, isId } = parseWho(args)
  return await withStore(config, async store => {
    const user = await findUser(store, who, isId)
    await store.removeUser(user.id)
    return `removed ${line(user)}`
  })
}
