import type { InboxStorage, StoredInbox } from './seam.ts'
import { newId } from './sending/id.ts'
import { keptIn, type Factory } from './shared/database.ts'

export type { InboxStorage, StoredInbox } from './seam.ts'
export type { Factory } from './shared/database.ts'

/**
 * Keeps inboxes in the browser's IndexedDB, so that they are there at once, also offline: of each user the newest 200
 * notifications, the counts, the cursor and the marks that wait. `logout` wipes them.
 *
 * ```js
 * import { indexedDb } from '@belfry/client/storage'
 * const client = new Belfry(url, { getToken, storage: indexedDb() })
 * ```
 *
 * Where there is none, or the browser forbids it or has no room, the client goes on without and emits `error` with the code
 * `storage`. `name` is that of the database; `factory` is another `indexedDB` than the global one.
 */
export function indexedDb ({ name = 'belfry', factory }: { name?: string, factory?: Factory } = {}): InboxStorage {
  return keptIn<StoredInbox>(name, factory)
}

/** What is used of `localStorage`. */
interface Items { getItem (key: string): string | null, setItem (key: string, value: string): void }

/**
 * A random name of this browser for the option `device`, the same after a reload: it is kept in `localStorage` under `key`.
 * Undefined where there is none or the browser forbids it, for a name that is new each time is no device.
 */
export function storedDevice (key = 'belfry-device'): string | undefined {
  try {
    const { localStorage } = globalThis as unknown as { localStorage: Items }
    const kept = localStorage.getItem(key) ?? ''
    // Whatever else was kept there is not of this function.
    if (/^[\da-f-]{36}$/.test(kept)) return kept
    const made = newId()
    localStorage.setItem(key, made)
    return made
  } catch {
    return undefined
  }
}
