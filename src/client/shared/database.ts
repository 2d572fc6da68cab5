/** The name dates from when it kept inboxes alone. */
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

/** What is kept by keys, of one kind. */
export interface Kept<T> {
  load (key: string): Promise<T | undefined>
  save (key: string, value: T): Promise<void>
  wipe (key: string): Promise<void>
}

/** A database of IndexedDB, opened when it is needed first. Everything rejects where there is none, or the browser forbids it or has no room. */
export function keptIn<T> (name: string, factory?: Factory): Kept<T> {
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
  async function run<R> (mode: 'readonly' | 'readwrite', ask: (store: ObjectStore) => Request): Promise<R> {
    opened ??= open().catch(error => {
      opened = undefined
      throw error
    })
    const database = await opened
    return await new Promise<R>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result as R)
      // A full storage aborts, and only the transaction says why.
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error ?? new Error('the transaction was aborted'))
    })
  }

  return {
    load: async key => await run<T | undefined>('readonly', store => store.get(key)),
    save: async (key, value) => { await run('readwrite', store => store.put(value, key)) },
    wipe: async key => { await run('readwrite', store => store.delete(key)) }
  }
}
