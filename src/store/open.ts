import { openPostgres, type PostgresOptions } from './postgres/store.ts'
import { openSqlite, type SqliteOptions } from './sqlite/store.ts'
import type { Store } from './store.ts'

/** Opens the store that a `DATABASE_URL` names. Throws with a one-line message for an operator if it cannot. */
export async function openStore (url: string, options?: SqliteOptions & PostgresOptions): Promise<Store> {
  if (url.startsWith('sqlite:')) return await openSqlite(url.slice('sqlite:'.length), options)
  if (/^postgres(ql)?:/.test(url)) return await openPostgres(url, options)
  throw new Error('DATABASE_URL must be sqlite:<path>, sqlite::memory: or postgres://…')
}
