import { openSqlite, type SqliteOptions } from './sqlite/store.ts'
import type { Store } from './store.ts'

/** Opens the store a `DATABASE_URL` names. Throws with a line fit for an operator if it cannot. */
export async function openStore (url: string, options?: SqliteOptions): Promise<Store> {
  if (url.startsWith('sqlite:')) return await openSqlite(url.slice('sqlite:'.length), options)
  throw new Error('DATABASE_URL must be sqlite:<path> or sqlite::memory:')
}
