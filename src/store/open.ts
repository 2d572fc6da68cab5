import { openSqlite } from './sqlite/store.ts'
import type { Store } from './store.ts'

/** Opens the store a `DATABASE_URL` names. Throws with a line fit for an operator if it cannot. */
export async function openStore (url: string): Promise<Store> {
  if (url.startsWith('sqlite:')) return await openSqlite(url.slice('sqlite:'.length))
  throw new Error('DATABASE_URL must be sqlite:<path> or sqlite::memory:')
}
