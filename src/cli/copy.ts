import { parseArgs } from 'node:util'
import { importSqlite } from '../store/postgres/import.ts'

/** `copy sqlite:<path> postgres://…`: moves a store that no server uses; clients resume from their cursors. */
export async function copy (args: string[]): Promise<string> {
  const { positionals: [from, to, ...rest] } = parseArgs({ args, allowPositionals: true })
  if (!from?.startsWith('sqlite:') || from === 'sqlite::memory:' || !/^postgres(ql)?:/.test(to ?? '') || rest.length > 0) {
    throw new Error('usage: npm run cli -- copy sqlite:<path> postgres://…')
  }
  const { epoch, head, rows } = await importSqlite(from.slice('sqlite:'.length), to!)
  const counts = Object.entries(rows).map(([table, count]) => `${table} ${count}`).join(', ')
  return `copied, epoch ${epoch}, up to number ${head}: ${counts}. Give the nodes the JWT_SECRET and, if it pushed, the VAPID_PRIVATE_KEY of the old server (jwt.secret and push.key beside its database, unless they were set), and tokens and push subscriptions stay good`
}
