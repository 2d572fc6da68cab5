/** What is used of a browser. Where a page may keep nothing, reading `localStorage` throws. */
interface Items { getItem (key: string): string | null, setItem (key: string, value: string): void, removeItem (key: string): void }

const browser = globalThis as unknown as { readonly localStorage: Items }

const keyOf = (base: string) => `belfry-push-ended ${base}`

/** The endpoints that have ended in this browser, and that the server at `base` may still have: those from before a reload too. */
export function endedOf (base: string): string[] {
  try {
    return browser.localStorage.getItem(keyOf(base))?.split(' ') ?? []
  } catch {
    return []
  }
}

/** Keeps these instead. */
export function keepEnded (base: string, endpoints: string[]): void {
  try {
    if (endpoints.length > 0) browser.localStorage.setItem(keyOf(base), endpoints.join(' '))
    else browser.localStorage.removeItem(keyOf(base))
  } catch {
    // Then the push service tells the server of them.
  }
}
