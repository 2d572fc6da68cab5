import type * as List from './view.ts'

let loading: Promise<typeof List> | undefined
let list: typeof List | undefined

/** The module of the list, if it was loaded. */
export function loadedList (): typeof List | undefined {
  return list
}

/** Loads the module of the list, once. Rejects if it cannot be loaded; the next call tries again. */
export async function loadList (): Promise<typeof List> {
  loading ??= import('./view.ts')
  try {
    list = await loading
    return list
  } catch (error) {
    loading = undefined
    throw error
  }
}

/** Loads it before it is wanted. If that fails, whoever wants it tries again, and says so. */
export function hastenList (): void {
  loadList().catch(() => {})
}

/** Loads it when the page has nothing else to do, unless its reader asks to save data. */
export function prefetchList (): void {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } }
  if (connection?.saveData) return
  const wait = () => { 'requestIdleCallback' in globalThis ? requestIdleCallback(hastenList) : setTimeout(hastenList, 1_000) }
  if (document.readyState === 'complete') wait()
  else addEventListener('load', wait, { once: true })
}
