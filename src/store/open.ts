import type { PostgresOptions } from './postgres/store.ts'
import type { SqliteOptions } from './sqlite/store.ts'
import type { Store } from './store.ts'

/** Opens the store that a `DATABASE_URL` names; only its engine is loaded. Throws with a one-line message for an operator if it cannot. */
export async function openStore (url: string, options?: SqliteOptions & PostgresOptions): Promise<Store> {
  if (url.startsWith('sqlite:')) {
    const { openSqlite } = await import('./sqlite/store.ts')
    return await openSqlite(url.slice('sqlite:'.length), options)
  }
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import('./postgres/store.ts')
    return await openPostgres(url, options)
  }
  throw new Error('DATABASE_URL must be sqlite:<path>, sqlite::memory: or postgres://…')
}
