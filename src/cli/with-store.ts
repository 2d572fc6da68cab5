import { existsSync } from 'node:fs'
import type { Config } from '../config.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'

/** Throws unless the server has created the store. A command must not create it: with a user in it, the server's first start would create no platform admin. */
export function assertStore ({ DATABASE_URL: url }: Config): void {
  if (url === 'sqlite::memory:') throw new Error('DATABASE_URL must not be an in-memory store, which ends with this command')
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) {
    throw new Error(`there is no store at ${url}: start the server once, or set DATABASE_URL to the server's value`)
  }
}

/** Opens the store, which a running server may also have open, for as long as `use` takes. */
export async function withStore<T> (config: Config, use: (store: Store) => Promise<T>): Promise<T> {
  assertStore(config)
  const store = await openStore(config.DATABASE_URL, { beside: true })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}
