import type { InboxStorage, StoredInbox } from './seam.ts'
import { newId } from './sending/id.ts'

export type { InboxStorage, StoredInbox } from './seam.ts'

const STORE = 'inboxes'
/** How long opening may take, in milliseconds: some browsers never answer. */
const PATIENCE = 4000

/** The part of IndexedDB that is used. */
export interface Factory { open (name: string, version: number): OpenRequest }
interface Request { result: unknown, error: unknown, onsuccess: unknown, onerror: unknown }
interface OpenRequest extends Request { result: Database, onupgradeneeded: unknown, onblocked: unknown }
interface Database {
  createObjectStore (name: string): unknown
  transaction (store: string, mode: 'readonly' | 'readwrite'): Transaction
  close (): void
  onversionchange: unknown
  onclose: unknown
}
interface Transaction { objectStore (name: string): ObjectStore, error: unknown, oncomplete: unknown, onerror: unknown, onabort: unknown }
interface ObjectStore { get (key: string): Request, put (value: unknown, key: string): Request, delete (key: string): Request }

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
  let opened: Promise<Database> | undefined

  async function open (): Promise<Database> {
    // Reading the global one throws where a page may not have any.
    const found = factory ?? (globalThis as { indexedDB?: Factory }).indexedDB
    if (!found) throw new Error('there is no IndexedDB here')
    const request = found.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    let timer: unknown
    const database = await new Promise<Database>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('IndexedDB does not answer')), PATIENCE)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
      request.onblocked = () => reject(new Error('another page keeps an older database open'))
    }).finally(() => clearTimeout(timer as number))
    // Whoever deletes the database must not wait for this page; the browser may close it by itself, too.
    database.onversionchange = () => {
      database.close()
      opened = undefined
    }
    database.onclose = () => { opened = undefined }
    return database
  }

  /** Runs one request in a transaction of its own; resolves when it is written. */
  async function run<T> (mode: 'readonly' | 'readwrite', ask: (store: ObjectStore) => Request): Promise<T> {
    opened ??= open().catch(error => {
      opened = undefined
      throw error
    })
    const database = await opened
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result as T)
      // A full storage aborts, and only the transaction says why.
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error ?? new Error('the transaction was aborted'))
    })
  }

  return {
    load: async key => await run<StoredInbox | undefined>('readonly', store => store.get(key)),
    save: async (key, inbox) => { await run('readwrite', store => store.put(inbox, key)) },
    wipe: async key => { await run('readwrite', store => store.delete(key)) }
  }
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
